/** What a statement costs must not depend on how many crates the archive remembers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSpecDatabase, type SpecDatabase } from '../../test/database-for-spec.js';
import {
  afterSql,
  dueSql,
  mailboxesDueSql,
  newestSql,
  noteSql,
} from '../mailboxes/waiting-crates.repository.js';
import { firstOfAllSql, firstOfMailboxSql } from './quotas/room-again.js';
import { nextHourSql, releasedSql } from './receipts-log/receipts-log.sql.js';
import { departSql, depositSql, expireSql, findSql, removeTombstonesSql } from './crate.sql.js';

let spec: SpecDatabase;
beforeAll(async () => {
  spec = await openSpecDatabase();
  // Half wait in 50 mailboxes, half have left. Rows are small: plans are chosen by their number.
  await spec.database.query(
    `insert into crate (id, mailbox, envelope, size_bytes, expiry_hour, nonce, ack_hash, recall_hash, state, next_attempt_at,
       proof, left_hour)
     select sha256(i::text::bytea), sha256((i % 50)::text::bytea), case when i % 2 = 0 then '\\x00'::bytea end, 4096,
       500000 + i % 700, '\\x00', '\\x00', '\\x00', case when i % 2 = 0 then 'accepted' else 'delivered' end,
       case when i % 10 = 0 then now() + i * interval '1 second' end,
       case when i % 2 = 1 then '\\x00'::bytea end, case when i % 2 = 1 then 500000 + i % 50 end
     from generate_series(1, 30000) as i`,
  );
  await spec.database.query(
    'insert into mailbox_usage select mailbox, count(*), 0 from crate group by mailbox',
  );
  await spec.database.query('vacuum analyze crate, mailbox_usage');
});
afterAll(() => spec.drop());

const id = Buffer.alloc(32, 1);
const now = new Date();
const statements: [string, { readonly text: string }, unknown[]][] = [
  [
    'depositing',
    depositSql,
    [[id], [id], [id], [id], [id], [1], [1], [1], Buffer.alloc(1), 10, 10, 20, 20, now],
  ],
  ['leaving', departSql, [[id], ['delivered'], [id], 1]],
  ['finding', findSql, [[id]]],
  ['expiring', expireSql, [400_000, 1000]],
  ['forgetting', removeTombstonesSql, [400_000, 1000]],
  [
    'reading an hour of the receipts log',
    releasedSql,
    [500_001, Buffer.alloc(0), Buffer.alloc(33, 255), 2049],
  ],
  ['looking for its next hour', nextHourSql, [499_300, 500_056, Buffer.of(0xab), Buffer.of(0xac)]],
  ['looking for the first expiry in a mailbox', firstOfMailboxSql, [id]],
  ['looking for the first expiry of all', firstOfAllSql, []],
  ['reading what has arrived', afterSql, [id, 1, 64, 1_000_000, '0']],
  ['reading what is due', dueSql, [id, 1, 64, 1_000_000, '10', now, [id]]],
  ['looking for what has arrived', newestSql, [[id]]],
  ['noting attempts', noteSql, [[id], [1], [now]]],
  ['looking for what is due', mailboxesDueSql, [now, 100]],
];

describe.each(['force_generic_plan', 'force_custom_plan'])('with %s', (mode) => {
  it.each(statements)('%s reads no whole table', async (_name, statement, values) => {
    expect(await planOf(mode, statement, values)).not.toContain('Seq Scan on crate');
  });

  it.each([
    ['an hour of the receipts log', releasedSql, [500_001, Buffer.of(0xab), Buffer.of(0xac), 2049]],
    ['its next hour', nextHourSql, [499_300, 500_056, Buffer.of(0xab), Buffer.of(0xac)]],
  ])('%s is found by its place in the log alone', async (_name, statement, values) => {
    expect(await planOf(mode, statement, values)).toMatch(
      /Index (Only )?Scan (using|on) crate_released[^\n]*\n\s+Index Cond: \(\(left_hour = [^\n]*\(id >= [^\n]*\(id < /,
    );
  });
});

async function planOf(
  mode: string,
  statement: { readonly text: string },
  values: unknown[],
): Promise<string> {
  const client = await spec.database.pool.connect();
  await client.query(`set plan_cache_mode = ${mode}`);
  const { rows } = await client.query<{ 'QUERY PLAN': string }>({
    text: `explain ${statement.text}`,
    values,
  });
  client.release(true);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
