/** UPDATE_VECTORS=1 writes vectors/reconcile/messages.json anew; without it the file must be what would be written. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { conversations, readings } from './cases.js';
import { converseOver, readingsOf, type MessageVectors } from './run.js';

const path = new URL('../../../../vectors/reconcile/messages.json', import.meta.url);
const written: MessageVectors = {
  kind: 'reconcile-messages',
  about:
    'Negentropy V1 as spec/reconcile.md has it. Conversations between two sets, every message of both sides in hex; and ' +
    'single messages that either side takes or refuses. A set is a list of runs: item n, from <= n < to, has the id ' +
    'SHA-256("item n") and the time time + step * (n - from).',
  conversations: conversations.map((one) => ({ ...one, expect: converseOver(one) })),
  readings,
};
if (process.env['UPDATE_VECTORS'] === '1')
  await writeFile(path, `${JSON.stringify(written, undefined, 1)}\n`);
const file = JSON.parse(await readFile(path, 'utf8')) as MessageVectors;

describe('the vectors of messages', () => {
  it.each(file.conversations.map((one) => [one.name, one] as const))('%s', (_, one) => {
    expect(converseOver(one)).toEqual(one.expect);
  });

  it.each(file.readings.map((one) => [one.name, one] as const))('%s', (_, one) => {
    expect(readingsOf(one.message)).toEqual([one.expect, one.expect]);
  });

  it('are what they are written from', () => {
    expect(file).toEqual(written);
  });
});
