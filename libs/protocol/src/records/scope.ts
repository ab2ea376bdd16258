/**
 * What an archive keeps (spec/gossip.md, "Scope and horizon"). Every list that is given must have one of the record's
 * values; collections that the system itself uses are kept whatever the lists of collections and topics say, because
 * without cards and retractions the other records are of little use.
 */
import * as z from 'zod/mini';
import { publicKeySchema } from '../doors/filter.js';
import { limits } from '../limits.js';
import { isCollection, isNumericDate, isTopic } from './payload.js';
import { systemCollections } from './record.js';

const some = (what: string, accepts: (value: string) => boolean) =>
  z.optional(
    z
      .array(z.string().check(z.refine(accepts, { error: `is not ${what}` })))
      .check(z.minLength(1), z.maxLength(limits.scopeValuesMax)),
  );

/** `{}`: everything. `since`: nothing dated (`iat`) before it, NumericDate seconds. */
export const scopeSchema = z.strictObject({
  authors: z.optional(z.array(publicKeySchema).check(z.minLength(1), z.maxLength(limits.scopeValuesMax))),
  collections: some('a collection', isCollection),
  topics: some('a topic', isTopic),
  since: z.optional(z.number().check(z.refine(isNumericDate, { error: 'is not a NumericDate' }))),
});
export type Scope = z.infer<typeof scopeSchema>;

/** A scope that an archive says; undefined for what is none, or has members of a newer version. */
export const readScope = (value: unknown): Scope | undefined => z.safeParse(scopeSchema, value).data;

/** The members of a record that a scope looks at. */
export interface ScopedRecord {
  readonly author: string;
  readonly collection: string;
  readonly topics: readonly string[];
  readonly iat: number;
}

const ownCollections: ReadonlySet<string> = new Set(Object.values(systemCollections));

export function isInScope(scope: Scope, { author, collection, topics, iat }: ScopedRecord): boolean {
  if (scope.since !== undefined && iat < scope.since) return false;
  if (scope.authors !== undefined && !scope.authors.includes(author)) return false;
  if (ownCollections.has(collection)) return true;
  if (scope.collections !== undefined && !scope.collections.includes(collection)) return false;
  return scope.topics === undefined || scope.topics.some((topic) => topics.includes(topic));
}

/** Whether the scope leaves nothing out but what is dated before its `since`. */
export const isUnfiltered = ({ authors, collections, topics }: Scope): boolean =>
  authors === undefined && collections === undefined && topics === undefined;
