/** What two archives exchange: the records that the scopes of both hold. spec/gossip.md, "Scope and horizon". */
import {
  encodeBase64url,
  encodeUtf8,
  isInScope,
  isUnfiltered,
  type Scope,
  type ScopedRecord,
} from '@holdfast/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import type { AgreedScope } from './ports.js';

/** Without what is said twice: an archive that keeps everything adds nothing but, perhaps, its `since`. */
export function agree(own: Scope, theirs: Scope): AgreedScope {
  const since = Math.max(own.since ?? 0, theirs.since ?? 0);
  const scopes = [own, theirs].filter((scope) => !isUnfiltered(scope));
  const [first = {}, second] = scopes.map((scope) => (since === 0 ? scope : { ...scope, since }));
  if (second !== undefined && canonical(second) !== canonical(first)) return [first, second];
  return [since === 0 ? first : { ...first, since }];
}

export const isInAgreedScope = (agreed: AgreedScope, record: ScopedRecord): boolean =>
  agreed.every((scope) => isInScope(scope, record));

/** Whether all that the lists of `own` name is among what those of `theirs` do; from when on is said by a horizon. */
export const coversListsOf = (theirs: Scope, own: Scope): boolean =>
  (['authors', 'collections', 'topics'] as const).every((list) => {
    const values = theirs[list];
    return values === undefined || (own[list]?.every((value) => values.includes(value)) ?? false);
  });

/** The same for the same scopes, in whatever order they and their lists are: 22 characters. */
export function scopeNameOf(agreed: AgreedScope): string {
  const text = [...new Set(agreed.map(canonical))].sort().join('\n');
  return encodeBase64url(sha256(encodeUtf8(text)).subarray(0, 16));
}

const listOf = (values: readonly string[] | undefined): readonly string[] | null =>
  values === undefined ? null : [...new Set(values)].sort();

const canonical = ({ authors, collections, topics, since }: Scope): string =>
  JSON.stringify([listOf(authors), listOf(collections), listOf(topics), since ?? 0]);
