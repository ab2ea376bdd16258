/** UPDATE_VECTORS=1 writes vectors/dht/*.json anew; without it the files must be what would be written. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { decodeMessage } from '../../src/messages/decode-message.js';
import { encodeMessage } from '../../src/messages/encode-message.js';
import { kinds } from '../../src/messages/wire.js';
import { messageCases, plainMessage } from './message-cases.js';
import { placeCases } from './place-cases.js';

const messages = {
  kind: 'node-messages',
  about: 'Messages of nodes as spec/dht.md, "Messages", has them: what they say, or why they are refused.',
  cases: messageCases,
};
const places = {
  kind: 'places',
  about: 'Keys of places and their targets in rings 0, 1 and 2: spec/dht.md, "Places and rings".',
  cases: placeCases,
};

async function fileOf<T>(name: string, written: T): Promise<T> {
  const path = new URL(`../../../../vectors/dht/${name}`, import.meta.url);
  if (process.env['UPDATE_VECTORS'] === '1')
    await writeFile(path, `${JSON.stringify(written, undefined, 1)}\n`);
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
const messagesFile = await fileOf('messages.json', messages);
const placesFile = await fileOf('places.json', places);

describe('the vectors of messages', () => {
  it.each(messagesFile.cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const bytes = new Uint8Array(Buffer.from(one.hex, 'hex'));
    const decoded = decodeMessage(bytes);
    const found = decoded.ok
      ? { ok: true, message: plainMessage(decoded.value) }
      : { ok: false, code: decoded.code };
    expect(found).toEqual(one.expect);
    if (decoded.ok) expect(encodeMessage(decoded.value)).toEqual(bytes);
  });

  it('have every kind of message, and more refusals than messages', () => {
    const taken = messagesFile.cases.filter((one) => one.expect.ok);
    const theirKinds = taken.map((one) => Number.parseInt(one.hex.slice(2, 4), 16));
    expect(new Set(theirKinds).size).toBe(kinds.length);
    expect(taken.length).toBeLessThan(messagesFile.cases.length / 2);
    expect(new Set(messagesFile.cases.map((one) => one.name)).size).toBe(messagesFile.cases.length);
  });
});

it('the vectors are what they are written from', () => {
  expect([messagesFile, placesFile]).toEqual([messages, places]);
});
