/**
 * Whom a client has kept that has been there for long: servers from every distance by turns, up to its neighbours, as
 * many as libs/client keeps.
 */
import { dhtLimits, dhtSettings } from '@holdfast/dht';
import type { Random } from '../chance/random.js';
import { rangeOf } from './archive.js';
import type { Client } from './client.js';

/** @param inOrder the servers, in the order of their ids */
export function keptContacts(client: Client, inOrder: readonly Client[], random: Random): Client[] {
  const kept: Client[] = [];
  const buckets = bucketsOf(client, inOrder, random);
  for (let round = 0; round < dhtSettings.bucketSize; round++) {
    for (const bucket of buckets) if (round < bucket.length) kept.push(bucket[round]!);
  }
  return kept.slice(0, dhtLimits.toldContactsMax);
}

/** Some of each, at random, the farthest bucket first. */
function bucketsOf(client: Client, inOrder: readonly Client[], random: Random): Client[][] {
  const { bucketSize } = dhtSettings;
  const buckets: Client[][] = [];
  for (let bits = 0; bits < 32; bits++) {
    // Those that share exactly so many bits: the other half of the range.
    const flipped = (client.id.head ^ (2 ** (31 - bits))) >>> 0;
    const [from, to] = rangeOf(inOrder, flipped, bits + 1);
    const some = new Set<Client>();
    if (to - from <= bucketSize) for (let i = from; i < to; i++) some.add(inOrder[i]!);
    else for (let i = 0; i < bucketSize; i++) some.add(inOrder[random.whole(from, to - 1)]!);
    buckets.push([...some]);
    const [first, end] = rangeOf(inOrder, client.id.head, bits + 1);
    if (end - first <= 1) break;
  }
  return buckets;
}
