/**
 * The statements of log-source.ts. `$1` is the cursor and `$2` how many entries of the log after it are looked at, so
 * that a scope of which there is little costs no more than one of which there is much. Each is one snapshot, and a
 * smaller seq never becomes visible after a greater one (records/ingest/record-log.sql.ts): up to `up_to` nothing is
 * missing. Lists come as one value each: thousands of rows take longer to read than one long text.
 */
import type { AgreedScope } from '@holdfast/gossip';
import { hash } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { Parameters } from '../../records/query/record-conditions.js';
import { scopeConditions } from '../scope-conditions.js';

interface Looked {
  readonly after: number;
  readonly seqs: number;
  readonly scope: AgreedScope;
}

const log = 'log as materialized (select coalesce(max(seq), 0) as last from record)';

/** As far as everything was looked at: to the end of the window or of the log, or to the last one that there was room for. */
const upTo = (isPart: string) => `greatest($1, case when ${isPart} then seq else least($1 + $2, last) end)`;

export function newsSql({ after, seqs, scope }: Looked, idsMax: number): QueryConfig {
  const parameters = new Parameters();
  const [cursor, window] = [parameters.add(after), parameters.add(seqs)];
  const most = parameters.add(idsMax);
  const isInScope = scopeConditions(scope, 'record', parameters);
  const text = `
    with ${log}, told as (
      select count(*) as count, max(seq) as seq, string_agg(encode(id, 'hex'), ' ') as ids from (
        select seq, id from record
        where seq > ${cursor}::bigint and seq <= ${cursor}::bigint + ${window}::bigint and jws is not null and ${isInScope}
        order by seq limit ${most}::bigint
      ) found
    ), looked as (
      select last, ids, ${upTo(`count = ${most}`)} as up_to from log, told
    )
    select last, ids, up_to, case when up_to < last then (
      select extract(epoch from now() - stored_at) from record where seq <= up_to order by seq desc limit 1
    ) end as age
    from looked`;
  return named('news', text, parameters);
}

export function pageSql(
  { after, seqs, scope }: Looked,
  { recordsMax, bytesMax }: { readonly recordsMax: number; readonly bytesMax: number },
): QueryConfig {
  const parameters = new Parameters();
  const [cursor, window] = [parameters.add(after), parameters.add(seqs)];
  const [most, bytes] = [parameters.add(recordsMax), parameters.add(bytesMax)];
  const isInScope = scopeConditions(scope, 'record', parameters);
  const text = `
    with ${log}, told as (
      select count(*) as found, count(*) filter (where fits) as count, max(seq) filter (where fits) as seq,
        string_agg(jws, e'\\n') filter (where fits) as records
      from (
        select seq, jws, sum(octet_length(jws)) over (order by seq rows unbounded preceding) <= ${bytes}::bigint as fits
        from (
          select seq, jws from record
          where seq > ${cursor}::bigint and seq <= ${cursor}::bigint + ${window}::bigint and jws is not null and ${isInScope}
          order by seq limit ${most}::bigint
        ) found
      ) measured
    )
    select last, records, ${upTo(`count < found or found = ${most}`)} as up_to from log, told`;
  return named('page', text, parameters);
}

/** How long ago the entry was stored. */
export const ageSql = (seq: number): QueryConfig => ({
  name: 'gossip-age',
  text: 'select extract(epoch from now() - stored_at) as age from record where seq = $1',
  values: [seq],
});

/** A body that there is no room for is left out, and so is that of a tombstone, which `is_gone` tells apart. */
export const recordsSql = (ids: readonly Buffer[], bytesMax: number): QueryConfig => ({
  name: 'gossip-records',
  text: `
    select id, jws is null as is_gone, case when bytes <= $2::bigint then jws end as jws from (
      select id, jws, sum(octet_length(jws)) over (order by place rows unbounded preceding) as bytes from (
        select id, jws, array_position($1::bytea[], id) as place from record where id = any($1::bytea[])
      ) found
    ) measured`,
  values: [ids, bytesMax],
});

export const heldSql = (ids: readonly Buffer[]): QueryConfig => ({
  name: 'gossip-held',
  text: 'select id from record where id = any($1::bytea[])',
  values: [ids],
});

/** Scopes of one kind share a statement, and of the kinds there are few. */
const named = (name: string, text: string, { values }: Parameters): QueryConfig => ({
  name: `gossip-${name}-${hash('sha256', text, 'base64url').slice(0, 16)}`,
  text,
  values,
});
