import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { connectClient, keepUnharmed, postRecords } from './unharmed-archive.js';

keepUnharmed();

interface Vector {
  readonly name: string;
  readonly record: string | readonly (string | { readonly repeat: string; readonly times: number })[];
  readonly expect: { readonly ok: boolean; readonly code?: string };
}

const vectors = new URL('../../../vectors/records.json', import.meta.url);
const invalid = (JSON.parse(readFileSync(vectors, 'utf8')) as { cases: Vector[] }).cases
  .filter(({ expect }) => !expect.ok)
  .map(({ name, record, expect }) => ({
    name,
    code: expect.code!,
    record:
      typeof record === 'string'
        ? record
        : record
            .map((piece) => (typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times)))
            .join(''),
  }));

/** The vectors have a clock of their own: by ours the record may be too early, too late, or neither. */
const codesFor = (code: string) => [code, 'record-from-future', 'record-expired'];
const isAboutTime = (code: string) => code === 'record-from-future' || code === 'record-expired';

describe('records that are none', () => {
  it('are refused with their codes over WebSocket, on a connection that goes on', async () => {
    const client = await connectClient();
    for (const { name, record, code } of invalid.filter(({ code }) => !isAboutTime(code))) {
      const answer = await client.ask({ op: 'publish', record });
      expect({ name, answer }).toEqual({
        name,
        answer: expect.objectContaining({ op: 'error', retryable: false }),
      });
      expect(codesFor(code)).toContain((answer as { code: string }).code);
    }
    await client.close();
  });

  it('are refused line by line over HTTP, in their order', async () => {
    const cases = invalid.filter(({ code, record }) => !isAboutTime(code) && !/[\r\n]/.test(record));
    const answer = await postRecords(cases.map(({ record }) => `${record}\n`).join(''));
    expect(answer.status).toBe(200);
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { status: string; code: string });
    expect(lines).toHaveLength(cases.length);
    lines.forEach(({ status, code }, index) => {
      expect(status).toBe('refused');
      expect(codesFor(cases[index]!.code)).toContain(code);
    });
  });

  it('are refused when they are anything but text', async () => {
    const client = await connectClient();
    for (const record of [null, 1, {}, [], true, { toString: 'x' }]) {
      expect(await client.ask({ op: 'publish', record })).toMatchObject({
        op: 'error',
        code: 'request-malformed',
      });
    }
    await client.close();
  });
});
