/** The filter of queries and follows as SQL conditions on a row of `record`; used by both, so that they agree. */
import type { FollowFilter, QueryFilter } from '@holdfast/protocol';
import { searchQueryOf } from '../search-query.js';

/** Collects the values of a statement, and names them in its text. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/**
 * Everything but `history`, which decides about branches and not about rows.
 * @param now NumericDate, seconds: what has expired by then is left out, as is what has been retracted
 */
export function conditionsOf(
  filter: FollowFilter & Pick<QueryFilter, 'q'>,
  now: number,
  parameters: Parameters,
): string[] {
  const { author, collection, key, topic, since, until, q } = filter;
  const conditions: string[] = [];
  const add = (value: unknown, condition: (parameter: string) => string) => {
    if (value !== undefined) conditions.push(condition(parameters.add(value)));
  };
  add(author && Buffer.from(author, 'base64url'), (author) => `author = ${author}::bytea`);
  add(collection, (collection) => `collection = ${collection}::text`);
  add(key, (key) => `key = ${key}::text`);
  add(topic, (topic) => `topics @> array[${topic}::text]`);
  add(q && searchQueryOf(q), (q) => `search @@ ${q}::tsquery`);
  add(since, (since) => `iat >= ${since}::bigint`);
  add(until, (until) => `iat <= ${until}::bigint`);
  add(now, (now) => `(exp is null or exp > ${now}::bigint)`);
  conditions.push('jws is not null');
  return conditions;
}
