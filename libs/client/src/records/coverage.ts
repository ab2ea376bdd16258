/**
 * What an archive's scope and horizon mean for what is looked for (spec/gossip.md, "Scope and horizon"). An archive that
 * says neither, or that is not connected, may have anything and claims nothing. What an archive says is a claim: it
 * chooses whom to ask first, and is never a reason to believe a record.
 */
import {
  HoldfastError,
  isInScope,
  systemCollections,
  type HoldfastRecord,
  type QueryFilter,
} from '@holdfast/protocol/core';
import { limits } from '../limits.js';
import type { ArchiveLink } from '../link/archive-link.js';

type Sent = Pick<HoldfastRecord, 'id' | 'jws'>;

/** A record on its way, with what scopes look at when that could be read here. */
export type Outgoing = Sent | (Sent & Pick<HoldfastRecord, 'author' | 'collection' | 'topics' | 'iat'>);

/** Whether the archive keeps the record, as far as it has said. */
export function keeps({ said }: ArchiveLink, record: Outgoing): boolean {
  if (said?.scope === undefined || !('iat' in record)) return true;
  return isInScope(said.scope, { ...record, topics: record.topics ?? [] });
}

export function outOfScopeError(links: readonly ArchiveLink[]): HoldfastError {
  const scopes = links
    .map(({ url, said }) => `${url} keeps ${JSON.stringify(said?.scope ?? 'other records')}`)
    .join('; ')
    .slice(0, limits.scopesQuotedLengthMax);
  return new HoldfastError('record-out-of-scope', `None of the archives keeps this record: ${scopes}.`);
}

/** Whether the archive may have a record that the filter takes: the one of all that suits its scope best. */
export function mayHave({ open }: ArchiveLink, { author, collection, until }: QueryFilter): boolean {
  const scope = open?.scope ?? {};
  return isInScope(scope, {
    author: author ?? scope.authors?.[0] ?? '',
    collection: collection ?? systemCollections.keys,
    topics: scope.topics ?? [],
    iat: until ?? Infinity,
  });
}

/**
 * The time from which the archive claims to have everything that the filter takes, NumericDate; not before what the
 * filter asks for. Greater than any date: it claims nothing; Infinity: its scope leaves out some of it, or it is away.
 */
export function claimOf({ open, state }: ArchiveLink, filter: QueryFilter): number {
  const { author = '', collection = '', topic, since = 0 } = filter;
  const { scope, horizon } = open ?? {};
  if (scope === undefined) return state.name === 'waiting' ? Infinity : Number.MAX_VALUE;
  const topics = topic === undefined ? [] : [topic];
  // The one of all the records that the filter takes that suits the scope least.
  if (!isInScope(scope, { author, collection, topics, iat: Infinity })) return Infinity;
  return Math.max(horizon ?? Number.MAX_VALUE, scope.since ?? 0, since);
}

/** Those that may have what is looked for, those that claim the most of it first, and else in the order of preference. */
export function inOrder(links: readonly ArchiveLink[], filter: QueryFilter): readonly ArchiveLink[] {
  const able = links.filter((link) => mayHave(link, filter));
  const claim = (link: ArchiveLink): number => claimOf(link, filter);
  const isBefore = (a: ArchiveLink, b: ArchiveLink): number =>
    Number(claim(a) > claim(b)) - Number(claim(a) < claim(b));
  return (able.length > 0 ? able : [...links]).sort(isBefore);
}
