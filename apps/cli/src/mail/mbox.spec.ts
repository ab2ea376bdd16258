import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { cliLimits } from '../limits.js';
import { isRefusedMail } from './mail-refusal.js';
import { findMails, MailReader, type FoundMail } from './mbox.js';

let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-mbox-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const fileOf = (content: string | Buffer): string => {
  const path = join(folder, `mail-${files++}`);
  writeFileSync(path, content);
  return path;
};
const mailsOf = (content: string | Buffer): FoundMail[] =>
  [...findMails(fileOf(content))].filter((mail) => !isRefusedMail(mail)) as FoundMail[];
function contentsOf(content: string | Buffer): string[] {
  const reader = new MailReader();
  const contents = mailsOf(content).map((mail) => Buffer.from(reader.read(mail)).toString('latin1'));
  reader.close();
  return contents;
}
/** Large files take long where many other tests run. */
const largeFilesMs = 60_000;
const from = 'From alice@example.org  Thu Aug 22 12:36:23 2002\n';

describe('finding mails in a file', () => {
  it('takes a file without a From line for one mail', () => {
    const mail = 'Subject: one\n\nFrom Mon to Fri we meet at 12:30 in Aug\n';
    expect(contentsOf(mail)).toEqual([mail]);
  });

  it('finds every mail of an mbox, without the empty line that parts them', () => {
    const mails = ['Subject: one\n\nfirst\n', 'Subject: two\n\nsecond\n\n', 'Subject: three\n\nthird'];
    expect(contentsOf(mails.map((mail) => from + mail).join('\n'))).toEqual(mails);
  });

  it('finds them with line breaks of two characters, too', () => {
    const mbox = `${from}Subject: one\n\nfirst\n\n${from}Subject: two\n\nsecond\n`.replaceAll('\n', '\r\n');
    expect(contentsOf(mbox)).toEqual(['Subject: one\r\n\r\nfirst\r\n', 'Subject: two\r\n\r\nsecond\r\n']);
  });

  it('does not part a mail at a From that begins a sentence', () => {
    const body = 'He said:\n\nFrom here to there.\n\nFrom Monday on it is open.\n';
    expect(contentsOf(`${from}Subject: one\n\n${body}`)).toEqual([`Subject: one\n\n${body}`]);
  });

  it('undoes the quoting of From lines, one level of it', () => {
    const [mail] = contentsOf(`${from}Subject: one\n\n>From a\n>>From b\n> From c\n`);
    expect(mail).toBe('Subject: one\n\nFrom a\n>From b\n> From c\n');
  });

  it(
    'finds a From line wherever it lies between the pieces that are read',
    () => {
      const mail = 'Subject: x\n\n';
      for (const shift of [-600, -515, -514, -513, -512, -60, -50, -6, -5, -3, -2, -1, 0, 1, 2]) {
        const padding = cliLimits.readBytes + shift - from.length - mail.length;
        const mbox = `${from}${mail}${'a'.repeat(padding)}\n\n${from}${mail}end`;
        expect(contentsOf(mbox).map((content) => content.length)).toEqual([
          mail.length + padding + 1,
          mail.length + 3,
        ]);
        expect(contentsOf(mbox.replaceAll('\n', '\r\n'))).toHaveLength(2);
      }
    },
    largeFilesMs,
  );

  it(
    'refuses a mail that is too large and goes on with the next',
    () => {
      const large = Buffer.alloc(cliLimits.mailSizeBytesMax, 'a\n');
      const mbox = Buffer.concat([
        Buffer.from(`${from}Subject: large\n\n`),
        large,
        Buffer.from(`\n\n${from}Subject: x\n\ny`),
      ]);
      const found = [...findMails(fileOf(mbox))];
      expect(found).toHaveLength(2);
      expect(found[0]).toMatchObject({ code: 'mail-too-large' });
      expect(found[1]).toMatchObject({ isFromMbox: true, sizeBytes: 'Subject: x\n\ny'.length });
    },
    largeFilesMs,
  );

  it('refuses a header that does not end', () => {
    const [found] = [
      ...findMails(fileOf(`Subject: x\n${'x-line: y\n'.repeat(cliLimits.mailHeadersBytesMax / 8)}\nz`)),
    ];
    expect(found).toMatchObject({ code: 'mail-unparseable' });
  });

  it.each([
    ['', 'It is empty.'],
    ['{"id": 1}\n', 'It has no header field'],
    ['\n\nbody\n', 'It has no header field'],
  ])('says why %j is no mail', (content, reason) => {
    const [found] = [...findMails(fileOf(content))];
    expect(found).toMatchObject({ code: 'mail-unparseable', isNoMail: true });
    expect((found as { detail: string }).detail).toContain(reason);
  });

  it(
    'answers a place or a reason for any bytes, and places that do not overlap',
    () => {
      const piece = fc.oneof(
        fc.constantFrom(from, '\n', '\r\n', '\n\n', 'Subject: x\n', '>From a\n', 'From b\n'),
        fc.string({ unit: 'binary', maxLength: 40 }),
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
          const content = Buffer.from(pieces.join(''));
          let end = 0;
          for (const mail of findMails(fileOf(content))) {
            expect(mail.offset).toBeGreaterThanOrEqual(end);
            end = isRefusedMail(mail) ? mail.offset : mail.offset + mail.sizeBytes;
            expect(end).toBeLessThanOrEqual(content.length);
          }
        }),
      );
    },
    largeFilesMs,
  );
});
