import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isRecordKey, isTopic } from '@holdfast/protocol';
import { keyOfMessageId, readHeaderFields } from './header-fields.js';

const read = (...lines: string[]) => readHeaderFields(Buffer.from(lines.join('\n'), 'latin1'));

describe('the header of a mail', () => {
  it('names the mail, what it answers the nearest first, its list and its dates', () => {
    expect(
      read(
        'Received: by b.example; Thu, 22 Aug 2002 10:00:00 +0000',
        'Received: by a.example; nonsense',
        'MESSAGE-ID:\t<one@x>',
        'In-Reply-To: <zero@x>',
        'References: <root@x>',
        '\t<zero@x>',
        'List-Id: "Friends" <Kelp.Example.ORG>',
        'Date: Wed, 21 Aug 2002 10:00:00 +0000',
      ),
    ).toEqual({
      messageId: 'one@x',
      ancestors: ['zero@x', 'root@x'],
      listId: 'kelp.example.org',
      dateText: 'Wed, 21 Aug 2002 10:00:00 +0000',
      dateSeconds: Date.UTC(2002, 7, 21, 10) / 1000,
      dates: [Date.UTC(2002, 7, 21, 10) / 1000, Date.UTC(2002, 7, 22, 10) / 1000],
    });
  });

  it('does not take an address in In-Reply-To for what is answered, nor the mail itself', () => {
    const fields = read(
      'Message-Id: <one@x>',
      'In-Reply-To: Your message of "Monday"',
      'References: <one@x> <a@x>',
    );
    expect(fields?.ancestors).toEqual(['a@x']);
  });

  it('bounds how many ancestors are looked for', () => {
    const references = Array.from({ length: 100 }, (_, i) => `<${i}@x>`).join(' ');
    expect(read('Subject: x', `References: ${references}`)?.ancestors).toEqual(
      [99, 98, 97, 96, 95, 94, 93, 92].map((i) => `${i}@x`),
    );
  });

  it.each([
    ['<a b@x>', 'ab@x'],
    ['one@x', 'one@x'],
    ['<one@x> <two@x>', 'one@x'],
    ['not an id', undefined],
    ['<>', undefined],
    ['', undefined],
  ])('reads the Message-Id %j as %j', (value, expected) => {
    expect(read('Subject: x', `Message-Id: ${value}`)?.messageId).toBe(expected);
  });

  it('is not there when no field is one of a mail', () => {
    expect(read('{"id": "1"}')).toBeUndefined();
    expect(read('title: x', 'layout: y')).toBeUndefined();
    expect(read()).toBeUndefined();
  });

  it('gives keys and topics that a record may have, for any bytes', () => {
    const value = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(value, value, (id, list) => {
        const fields = read('Subject: x', `Message-Id: <${id}>`, `List-Id: <${list}>`);
        const key = keyOfMessageId(fields?.messageId);
        expect(key === undefined || isRecordKey(key)).toBe(true);
        expect(fields?.listId === undefined || isTopic(fields.listId)).toBe(true);
      }),
    );
  });
});
