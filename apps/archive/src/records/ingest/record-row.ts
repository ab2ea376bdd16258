/** A record as the row that the log stores (record-log.sql.ts), with the words that full-text search finds it by. */
import { systemCollections, type Json, type UnverifiedRecord } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { searchVectorOf } from '../search-words.js';

/** @param id SHA-256 of the signing input in hexadecimal */
export function rowOf({ jws, authorKey, payload }: UnverifiedRecord, id: string): string {
  const { collection, key, iat, exp, topics, refs, body } = payload;
  return JSON.stringify({
    id,
    author: Buffer.from(authorKey).toString('hex'),
    collection,
    key,
    iat,
    exp,
    topics: topics ?? [],
    jws,
    search: searchVectorOf(searchTextOf(body)),
    targets:
      collection === systemCollections.retractions
        ? refs?.map((ref) => Buffer.from(ref, 'base64url').toString('hex'))
        : undefined,
  });
}

/** All strings in the body, cut at a bound. */
export function searchTextOf(body: Json): string {
  const parts: string[] = [];
  let room: number = archiveLimits.searchTextLengthMax;
  collect(body);
  return parts.join(' ');

  function collect(json: Json): void {
    if (room <= 0) return;
    if (typeof json === 'string') {
      parts.push(json.length > room ? json.slice(0, room) : json);
      room -= json.length + 1;
    } else if (typeof json === 'object' && json !== null) {
      for (const item of Object.values(json)) collect(item);
    }
  }
}
