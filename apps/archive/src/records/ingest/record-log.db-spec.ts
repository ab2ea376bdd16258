import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HoldfastError } from '@holdfast/protocol';
import { forgedRecord, type ForgedRecord } from '../../../test/forged-records.js';
import { openSpecLog, type SpecLog } from '../../../test/log-for-spec.js';
import { alice, bob } from '../../../test/record-samples.js';
import { LeasedConnection } from '../../platform/database/leased-connection.js';
import { append as appendStatement, begin, sessionOf } from './record-log.sql.js';

let { db, log, close } = {} as SpecLog;

beforeAll(async () => ({ db, log, close } = await openSpecLog()));

afterAll(() => close());

beforeEach(() => db.database.query('truncate record, retraction'));

const note = (payload: Partial<ForgedRecord> = {}, author = alice) => forgedRecord(author.publicKey, payload);
const retracting = (records: readonly ForgedRecord[], author = alice) =>
  forgedRecord(author.publicKey, {
    collection: 'retractions',
    refs: records.map(({ id }) => id),
    body: null,
  });
const append = (...records: ForgedRecord[]) => log.append(records.map(({ verified }) => verified));

interface Row {
  readonly id: string;
  readonly head: boolean;
  readonly jws: string | null;
}

async function rows(): Promise<Row[]> {
  const found = await db.database.query<{ id: Buffer; head: boolean; jws: string | null }>(
    'select id, head, jws from record order by seq',
  );
  return found.rows.map((row) => ({ ...row, id: row.id.toString('base64url') }));
}

const heads = async () => (await rows()).filter(({ head }) => head).map(({ id }) => id);
const tombstones = async () => (await rows()).filter(({ jws }) => jws === null).map(({ id }) => id);

describe('the log', () => {
  it('stores a batch in its order, and knows it afterwards', async () => {
    const records = Array.from({ length: 50 }, (_, index) =>
      note(index % 3 === 0 ? { key: `k${index % 2}` } : {}),
    );
    expect(await append(...records)).toEqual(records.map(() => 'stored'));
    expect(await append(...records.slice(10, 20), note())).toEqual([...Array(10).fill('known'), 'stored']);
    expect((await rows()).slice(0, 50)).toEqual(
      records.map(({ id, jws }) => expect.objectContaining({ id, jws })),
    );
  });

  it('finds words of the body', async () => {
    await append(note({ body: { text: 'Kelp holds on' } }), note({ body: { text: 'the tide turns' } }));
    const found = await db.database.query(`select 1 from record where search @@ 'kelp'::tsquery`);
    expect(found.rowCount).toBe(1);
  });
});

describe('heads', () => {
  it('are the greatest (iat, id) of author, collection and key, in whatever order revisions come', async () => {
    const revisions = [3, 1, 2, 3, 3].map((iat) => note({ key: 'page', iat }));
    const others = [
      note({ key: 'page', iat: 9 }, bob),
      note({ key: 'page', iat: 9, collection: 'wiki' }),
      note(),
    ];
    const newest = revisions
      .filter(({ iat }) => iat === 3)
      .sort((a, b) => Buffer.compare(Buffer.from(a.id, 'base64url'), Buffer.from(b.id, 'base64url')))
      .at(-1)!;
    for (const each of [...revisions, ...others]) await append(each);
    expect(new Set(await heads())).toEqual(new Set([newest, ...others].map(({ id }) => id)));
  });

  it('are the same when all revisions come in one batch, known ones among them', async () => {
    const revisions = [5, 7, 6, 7].map((iat) => note({ key: 'page', iat }));
    await append(revisions[0]!, revisions[1]!);
    await append(...revisions);
    const newest = revisions
      .filter(({ iat }) => iat === 7)
      .sort((a, b) => Buffer.compare(Buffer.from(a.id, 'base64url'), Buffer.from(b.id, 'base64url')))
      .at(-1)!;
    expect(await heads()).toEqual([newest.id]);
  });
});

describe('a retraction', () => {
  it('empties what was there before it, topics and words too', async () => {
    const record = note({ topics: ['a'], body: { text: 'regret' } });
    await append(record);
    await append(retracting([record]));
    expect(await tombstones()).toEqual([record.id]);
    const { rows: left } = await db.database.query(`select topics, search from record where jws is null`);
    expect(left).toEqual([{ topics: [], search: null }]);
  });

  it('empties what comes after it, and says so', async () => {
    const record = note();
    await append(retracting([record]));
    expect(await append(record, note())).toEqual(['retracted', 'stored']);
    expect(await append(record)).toEqual(['retracted']);
    expect(await tombstones()).toEqual([record.id]);
  });

  it('empties what comes in the same batch, on either side of it', async () => {
    const [before, after] = [note(), note()];
    expect(await append(before, retracting([before, after]), after)).toEqual([
      'retracted',
      'stored',
      'retracted',
    ]);
  });

  it('has no power over the records of others', async () => {
    const record = note({}, bob);
    await append(retracting([record]), record);
    await append(retracting([record]));
    expect(await tombstones()).toEqual([]);
  });

  it('cannot be retracted itself, before or after', async () => {
    const first = retracting([note()]);
    await append(first);
    await append(retracting([first]));
    const later = retracting([note()]);
    await append(retracting([later]));
    await append(later);
    expect(await tombstones()).toEqual([]);
  });

  it('leaves the head a head, so that no older revision comes forth', async () => {
    const [older, newer] = [note({ key: 'k', iat: 1 }), note({ key: 'k', iat: 2 })];
    await append(older, newer);
    await append(retracting([newer]));
    expect(await heads()).toContain(newer.id);
    expect(await heads()).not.toContain(older.id);
  });
});

describe('a batch that cannot be stored', () => {
  it('loses only the record that the database refuses', async () => {
    const records = Array.from({ length: 9 }, () => note());
    const odd = {
      ...records[4]!.verified,
      row: records[4]!.verified.row.replace('"topics":[]', '"topics":["\\u0000"]'),
    };
    const outcomes = await log.append(records.map(({ verified }, index) => (index === 4 ? odd : verified)));
    expect(outcomes[4]).toBeInstanceOf(HoldfastError);
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(8);
    expect((await rows()).map(({ id }) => id)).toEqual(
      records.filter((_, index) => index !== 4).map(({ id }) => id),
    );
  });

  it('is all or nothing when the connection breaks, and the next one is stored', async () => {
    await append(note());
    const lost = [note(), note()];
    const blocker = await db.database.pool.connect();
    try {
      await blocker.query(begin);
      const failing = append(...lost);
      const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
      let pid: number | undefined;
      while (pid === undefined) pid = (await db.database.query<{ pid: number }>(waiting)).rows[0]?.pid;
      await db.database.query('select pg_terminate_backend($1)', [pid]);
      await expect(failing).rejects.toThrow();
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    expect(await append(...lost)).toEqual(['stored', 'stored']);
  });

  it('appends nothing when it cannot have the lock, although all of it is sent by then', async () => {
    const record = note();
    const blocker = await db.database.pool.connect();
    try {
      await blocker.query(begin);
      const failing = append(record, retracting([record]));
      const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
      while ((await db.database.query(cancel)).rowCount === 0);
      await expect(failing).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    expect(await rows()).toEqual([]);
    expect(await append(record)).toEqual(['stored']);
  });

  it('is not kept waiting by a machine that has the lock and has vanished', async () => {
    const vanished = await LeasedConnection.take(db.database.pool, sessionOf(50));
    try {
      await vanished.query(begin);
      expect(await append(note())).toEqual(['stored']);
    } finally {
      vanished.giveUp();
    }
  });

  it('appends nothing outside of a transaction that holds the lock', async () => {
    const { rows: answers } = await db.database.query(appendStatement, [`[${note().verified.row}]`]);
    expect(answers).toMatchObject([{ count: 0 }]);
    expect(await rows()).toEqual([]);
  });

  it('recovers when the connection was lost between two batches', async () => {
    await append(note());
    await db.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    // Connections of the pool may be given out that have not heard of it yet.
    const record = note();
    let status: unknown;
    while (status === undefined)
      status = await append(record).then(
        ([each]) => each,
        () => undefined,
      );
    expect(['stored', 'known']).toContain(status);
    expect((await rows()).map(({ id }) => id)).toContain(record.id);
  });
});
