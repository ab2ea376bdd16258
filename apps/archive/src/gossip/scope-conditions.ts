/** An agreed scope as an SQL condition on a row of `record`: the same records as isInScope of every scope in it. */
import type { AgreedScope } from '@holdfast/gossip';
import { systemCollections, type Scope } from '@holdfast/protocol';
import type { Parameters } from '../records/query/record-conditions.js';

/** @param row the alias of the row */
export function scopeConditions(scope: AgreedScope, row: string, parameters: Parameters): string {
  const conditions = scope.flatMap((each) => conditionsOf(each, row, parameters));
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

function conditionsOf({ authors, collections, topics, since }: Scope, row: string, parameters: Parameters) {
  const conditions: string[] = [];
  if (since !== undefined) conditions.push(`${row}.iat >= ${parameters.add(since)}::bigint`);
  if (authors !== undefined) {
    const keys = authors.map((author) => Buffer.from(author, 'base64url'));
    conditions.push(`${row}.author = any (${parameters.add(keys)}::bytea[])`);
  }
  const listed: string[] = [];
  if (collections !== undefined) {
    const kept = topics === undefined ? [...collections, ...ownCollections] : collections;
    listed.push(`${row}.collection = any (${parameters.add(kept)}::text[])`);
  }
  if (topics !== undefined) {
    listed.push(`${row}.topics && ${parameters.add(topics)}::text[]`);
    const own = `${row}.collection = any (${parameters.add(ownCollections)}::text[])`;
    conditions.push(`(${own} or ${listed.join(' and ')})`);
  } else conditions.push(...listed);
  return conditions;
}

const ownCollections = Object.values(systemCollections);
