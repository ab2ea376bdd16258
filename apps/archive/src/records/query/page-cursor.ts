/**
 * Where the next page begins, as a text that means nothing to anybody else. It carries a short hash of the archive and
 * of the filter, so that a cursor under another filter is refused rather than answered with a wrong page.
 */
import { refused, type QueryFilter, type Result } from '@holdfast/protocol';
import { hash } from 'node:crypto';
import type { PagePosition } from './record-page.sql.js';

const pattern = /^(\d{1,12})-(\d{1,15})-([\w-]{11})$/;

export function encodePageCursor(archive: string, filter: QueryFilter, { iat, seq }: PagePosition): string {
  return `${iat}-${seq}-${tagOf(archive, filter)}`;
}

export function decodePageCursor(archive: string, filter: QueryFilter, cursor: string): Result<PagePosition> {
  const [, iat, seq, tag] = pattern.exec(cursor) ?? [];
  if (tag === undefined || tag !== tagOf(archive, filter)) {
    return refused('cursor-invalid', 'The cursor was not made by this archive for this filter.');
  }
  return { ok: true, value: { iat: Number(iat), seq: Number(seq) } };
}

/** `limit` is left out: pages of one query may differ in length. */
function tagOf(archive: string, filter: QueryFilter): string {
  const { author, collection, key, topic, q, since, until, history = false } = filter;
  const members = [archive, author, collection, key, topic, q, since, until, history];
  const text = JSON.stringify(members.map((member) => member ?? null));
  return hash('sha256', text, 'base64url').slice(0, 11);
}
