/**
 * Where a place lies in a ring: SHA-256 over the ring's number and the place (spec/dht.md, "Places and rings"). Whoever
 * sits next to a place in one ring sits anywhere in the others.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeUtf8 } from '@holdfast/protocol';
import { dhtLimits } from '../limits.js';
import { Key, keyBytes } from './key.js';
import { placeKinds, type Place } from './place.js';

const domain = encodeUtf8('holdfast-ring-1');

/** SHA-256("holdfast-ring-1" || ring (1) || kind (1) || key (32)) */
export function ringTarget(place: Place, ring: number): Key {
  if (!Number.isInteger(ring) || ring < 0 || ring >= dhtLimits.ringsMax) {
    throw new RangeError(`There are ${dhtLimits.ringsMax} rings, numbered from 0.`);
  }
  const hashed = new Uint8Array(domain.length + 2 + keyBytes);
  hashed.set(domain);
  hashed[domain.length] = ring;
  hashed[domain.length + 1] = placeKinds.indexOf(place.kind);
  hashed.set(place.key.bytes, domain.length + 2);
  return new Key(sha256(hashed));
}
