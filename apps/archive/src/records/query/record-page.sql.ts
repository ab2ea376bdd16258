/**
 * The statement for one page of records, newest first. Pages are found by key, never by offset: a deep page costs what
 * the first one costs. Heads stand first in every index, so a query of history asks for heads and for the rest in two
 * ordered branches. The page is cut where it would outgrow a frame, inside PostgreSQL, so that the rest never travels.
 */
import type { QueryFilter } from '@holdfast/protocol';
import { conditionsOf, Parameters } from './record-conditions.js';

/** Where a page ended: the next one begins after it, with older records. */
export interface PagePosition {
  readonly iat: number;
  readonly seq: number;
}

export interface PageBounds {
  readonly rows: number;
  /** The page ends with the record that reaches this. */
  readonly bytes: number;
}

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

const newestFirst = 'order by iat desc, seq desc';

export function recordPageStatement(
  filter: QueryFilter,
  now: number,
  bounds: PageBounds,
  after?: PagePosition,
): Statement {
  const parameters = new Parameters();
  const conditions = conditionsOf(filter, now, parameters);
  if (after !== undefined) {
    conditions.push(
      `(iat, seq) < (${parameters.add(after.iat)}::bigint, ${parameters.add(after.seq)}::bigint)`,
    );
  }
  const rows = parameters.add(bounds.rows);
  const branch = (head: string) =>
    `select iat, seq, jws from record where ${[head, ...conditions].join(' and ')} ${newestFirst} limit ${rows}::int`;
  const page = filter.history
    ? `(${branch('head')}) union all (${branch('not head')}) ${newestFirst} limit ${rows}::int`
    : branch('head');
  const text = `
select iat, seq, jws from (
  select iat, seq, jws,
         coalesce(sum(octet_length(jws)) over (${newestFirst} rows between unbounded preceding and 1 preceding), 0) as bytes_before
  from (${page}) page
) bounded
where bytes_before < ${parameters.add(bounds.bytes)}::bigint
${newestFirst}`;
  return { text, values: parameters.values };
}
