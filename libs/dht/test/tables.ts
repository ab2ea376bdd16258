/** Routing tables for tests, and contacts of which is known in which bucket they are. */
import type { Contact } from '../src/contacts/contact.js';
import { RoutingTable } from '../src/contacts/routing-table.js';
import { Key, keyBytes } from '../src/keys/key.js';
import { dhtSettings } from '../src/limits.js';

export const settings = { ...dhtSettings, bucketSize: 4, replacementsPerBucket: 2, siblings: 5 };
export const self = new Key(new Uint8Array(keyBytes).fill(0xa5));
export const archives = ['archive-a', 'archive-b', 'archive-c'];

/** A key that shares `prefix` bits with the own id; the number tells it from others of the bucket. */
export function keyIn(prefix: number, number: number): Key {
  const bytes = new Uint8Array(self.bytes);
  bytes[prefix >> 3]! ^= 0x80 >> (prefix & 7);
  new DataView(bytes.buffer).setUint16(20, number);
  // What follows the first difference is anything: nearer and farther ones in one bucket.
  bytes[(prefix >> 3) + 1]! ^= (number * 37) & 0xff;
  return new Key(bytes);
}
export const contactIn = (prefix: number, number: number, archive = archives[number % 3]!): Contact => ({
  id: keyIn(prefix, number),
  archive,
});

export const textsOf = (contacts: readonly Contact[]) => contacts.map((contact) => contact.id.text);

/** The table after some steps, with what it held before each. */
export function run(
  steps: readonly { readonly do: 'heard' | 'failed' | 'gone'; readonly contact: Contact }[],
  after: (table: RoutingTable, step: (typeof steps)[number], before: readonly Contact[]) => void = () => {},
): RoutingTable {
  const table = new RoutingTable(self, settings);
  steps.forEach((step, index) => {
    const before = [...table.all()];
    if (step.do === 'heard') table.heard(step.contact, index);
    else table[step.do](step.contact.id);
    after(table, step, before);
  });
  return table;
}
