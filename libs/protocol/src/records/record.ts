/**
 * A record: signed, immutable, public (spec/records.md). This module names its parts, the collections that
 * the system itself uses, and the order that decides which revision is the head.
 */
import type { Json } from '../encoding/strict-json.js';
import { jwsAlgorithm } from '../jws/compact.js';

export const recordType = 'holdfast-record';
export const recordAlgorithm = jwsAlgorithm;

/** Collections with a meaning for the system itself. */
export const systemCollections = {
  keys: 'keys',
  profile: 'profile',
  archives: 'archives',
  vault: 'vault',
  retractions: 'retractions',
} as const;

export interface RecordPayload {
  readonly collection: string;
  /** Names the thing of which this record is a revision; the newest one is the head. */
  readonly key?: string;
  /** NumericDate, whole seconds. */
  readonly iat: number;
  readonly exp?: number;
  readonly topics?: readonly string[];
  /** Ids of records that this one answers, quotes or retracts. */
  readonly refs?: readonly string[];
  readonly body: Json;
}

/** A record whose shape has been checked; its signature has not. */
export interface UnverifiedRecord {
  readonly jws: string;
  /** The author's public key in base64url. */
  readonly author: string;
  readonly authorKey: Uint8Array<ArrayBuffer>;
  readonly payload: RecordPayload;
  /** ASCII(header.payload): what is signed, and what the id is the hash of. */
  readonly signingInput: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export interface HoldfastRecord extends RecordPayload {
  /** base64url(SHA-256(ASCII(header.payload))), 43 characters. */
  readonly id: string;
  readonly author: string;
  readonly jws: string;
}

/** Negative when `a` is the older revision: the head is the greatest (iat, id), ids compared as bytes. */
export function compareRevisions(a: RevisionOrder, b: RevisionOrder): number {
  if (a.iat !== b.iat) return a.iat - b.iat;
  return compareIds(a.id, b.id);
}

interface RevisionOrder {
  readonly iat: number;
  readonly id: string;
}

const rank = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((c, i) => [c, i]),
);

/** Compares ids of one length as the bytes that they encode: base64url characters do not sort as their values do. */
function compareIds(a: string, b: string): number {
  for (let i = 0; i < a.length; i++) {
    const difference = rank.get(a[i]!)! - rank.get(b[i]!)!;
    if (difference !== 0) return difference;
  }
  return 0;
}
