/** Whom a client knows that has been there for long: servers from every distance, and all of its neighbours. */
import { dhtSettings } from '@holdfast/dht';
import type { Random } from '../chance/random.js';
import { closestOf, rangeOf } from './archive.js';
import type { Client } from './client.js';

/** @param inOrder the servers, in the order of their ids */
export function keptContacts(client: Client, inOrder: readonly Client[], random: Random): Client[] {
  const { bucketSize, siblings } = dhtSettings;
  const kept = new Set<Client>(closestOf(inOrder, client.id, siblings + 1));
  for (let bits = 0; bits < 32; bits++) {
    // Those that share exactly so many bits: the other half of the range.
    const flipped = (client.id.head ^ (2 ** (31 - bits))) >>> 0;
    const [from, to] = rangeOf(inOrder, flipped, bits + 1);
    if (to - from <= bucketSize) {
      for (let i = from; i < to; i++) kept.add(inOrder[i]!);
    } else {
      for (let i = 0; i < bucketSize; i++) kept.add(inOrder[random.whole(from, to - 1)]!);
    }
    const [first, end] = rangeOf(inOrder, client.id.head, bits + 1);
    if (end - first <= 1) break;
  }
  kept.delete(client);
  return [...kept];
}
