import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FollowFilter } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { Database } from '../../platform/database/database.js';
import { openSpecDatabase, silentLog, type SpecDatabase } from '../../../test/database-for-spec.js';
import { Follower } from '../../../test/follower.js';
import { forgedRecord, type ForgedRecord } from '../../../test/forged-records.js';
import { alice, bob, secondsNow } from '../../../test/record-samples.js';
import { ArchiveIdentity } from '../../platform/archive-identity/archive-identity.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import { append, begin, commit } from '../ingest/record-log.sql.js';
import { RecordLog } from '../ingest/record-log.js';
import { ReadingConnections } from '../../platform/database/reading-connections.js';
import { LogListener } from './log-listener.js';
import { LogReader } from './log-reader.js';
import { LogTail } from './log-tail.js';
import { RecordFollows } from './record-follows.js';

let db: SpecDatabase;
/** A second program on the same database. */
let elsewhere: Database;
let [log, otherLog]: RecordLog[] = [];
let identity: ArchiveIdentity;
let reader: LogReader;
let tail: LogTail;
let listener: LogListener;
let follows: RecordFollows;

beforeAll(async () => {
  db = await openSpecDatabase();
  elsewhere = await Database.connect(db.url, silentLog);
  identity = await ArchiveIdentity.load(new PrismaService(db.database));
});

afterAll(async () => {
  await elsewhere.close();
  await db.drop();
});

beforeEach(async () => {
  const { pool } = db.database;
  await db.database.query('truncate record, retraction');
  log = new RecordLog(pool);
  otherLog = new RecordLog(elsewhere.pool);
  reader = new LogReader(new ReadingConnections(pool, 2, { waitingMax: archiveLimits.followsMax }));
  tail = new LogTail(new LogReader(new ReadingConnections(pool, 1)), () => undefined);
  listener = new LogListener(pool, tail.poke, () => undefined);
  follows = new RecordFollows(tail, reader, identity);
  await listener.start();
});

const followers: Follower[] = [];

function follow(filter: FollowFilter, cursor?: string): Follower {
  const follower = new Follower(follows, filter, cursor);
  followers.push(follower);
  return follower;
}

afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
  listener.stop();
  tail.close();
  reader.close();
  log!.close();
  otherLog!.close();
});

const note = (payload: Partial<ForgedRecord> = {}, author = alice) => forgedRecord(author.publicKey, payload);
const notes = (count: number) => Array.from({ length: count }, () => note());
const write = (records: readonly ForgedRecord[], to = log!) =>
  to.append(records.map(({ verified }) => verified));
const textsOf = (records: readonly ForgedRecord[]) => records.map(({ jws }) => jws);

describe('a follow', () => {
  it('begins now without a cursor, and brings what is committed from then on', async () => {
    await write(notes(3));
    const follower = await follow({}).caughtUp();
    const later = notes(2);
    await write(later);
    expect((await follower.has(2)).records).toEqual(textsOf(later));
  });

  it('begins at the beginning of the log when it asks since when', async () => {
    const [old, recent] = [note({ iat: 1000 }), note({ iat: 2000 })];
    await write([recent, old]);
    expect((await follow({ since: 1500 }).caughtUp()).records).toEqual([recent.jws]);
    expect((await follow({ since: 0 }).caughtUp()).records).toEqual([recent.jws, old.jws]);
  });

  it('goes on after any cursor that it was given, without loss and without repeats', async () => {
    const records = notes(600);
    await write(records.slice(0, 300));
    await write(records.slice(300));
    const whole = await follow({ since: 0 }).caughtUp();
    expect(whole.records).toEqual(textsOf(records));
    for (const place of [0, 1, 255, 256, 257, 598, 599]) {
      const resumed = await follow({}, whole.entries[place]!.cursor).caughtUp();
      expect(resumed.records).toEqual(textsOf(records.slice(place + 1)));
    }
    const atEnd = await follow({}, whole.caughtUpAt).caughtUp();
    const last = note();
    await write([last]);
    expect((await atEnd.has(1)).records).toEqual([last.jws]);
  });

  it('brings only what the filter lets through, from the past as from the present', async () => {
    const matching = { topics: ['kelp'], collection: 'mail', key: 'k', iat: 50 };
    const make = () => [
      note(matching),
      note({ topics: ['kelp'], collection: 'mail', iat: 50 }),
      note(matching, bob),
      note({ ...matching, topics: ['tide'] }),
      note({ ...matching, collection: 'notes' }),
      note({ ...matching, iat: 90 }),
    ];
    const filter = {
      author: alice.publicKey,
      collection: 'mail',
      key: 'k',
      topic: 'kelp',
      since: 10,
      until: 60,
      history: true,
    };
    const [past, present, last] = [make(), make(), note(matching)];
    await write(past);
    const follower = await follow(filter).caughtUp();
    await write(present);
    await write([last]);
    await follower.has(3);
    expect(follower.records).toEqual(textsOf([past[0]!, present[0]!, last]));
  });

  it('brings heads only, and every revision when history is asked for', async () => {
    const [first, second, stale] = [3, 5, 4].map((iat) => note({ key: 'page', iat }));
    const begun = await follow({ history: true }).caughtUp();
    await write([first!, second!]);
    await write([stale!]);
    expect((await begun.has(3)).records).toEqual(textsOf([first!, second!, stale!]));
    expect((await follow({ since: 0 }).caughtUp()).records).toEqual([second!.jws]);
    expect((await follow({ since: 0, history: true }).caughtUp()).records).toHaveLength(3);
  });

  it('leaves out what has expired and what has been retracted, also of what is still in memory', async () => {
    const first = await follow({}).caughtUp();
    const [kept, retracted] = [note(), note()];
    const expired = note({ iat: 1000, exp: 1001 });
    const lasting = note({ exp: secondsNow() + 1000 });
    await write([kept, retracted, expired, lasting]);
    await first.has(3);
    const retraction = forgedRecord(alice.publicKey, {
      collection: 'retractions',
      refs: [retracted.id],
      body: null,
    });
    await write([retraction]);
    await first.has(4);
    const start = first.entries[0]!.cursor;
    expect((await follow({}, start).caughtUp()).records).toEqual(textsOf([lasting, retraction]));
    expect((await follow({ since: 0, history: true }).caughtUp()).records).toEqual(
      textsOf([kept, lasting, retraction]),
    );
  });

  it('refuses a cursor that is not of this log', async () => {
    await write(notes(1));
    const { caughtUpAt } = await follow({}).caughtUp();
    const beyond = caughtUpAt!.replace(/^\d+/, '999999999');
    for (const cursor of ['nonsense', beyond])
      await expect(follow({}, cursor).ended).rejects.toMatchObject({ code: 'cursor-invalid' });
  });

  it('sends nothing to somebody who does not read, and everything afterwards', async () => {
    const follower = await follow({}).caughtUp();
    const resume = follower.pause();
    const records = notes(1000);
    await write(records.slice(0, 200));
    await (await follow({}, follower.caughtUpAt).has(200)).caughtUp();
    await write(records.slice(200));
    await follow({}, follower.caughtUpAt).has(1000);
    expect(follower.entries).toEqual([]);
    resume();
    expect((await follower.has(1000)).records).toEqual(textsOf(records));
  });

  it('waits for its turn to catch up, however many others are behind as well', async () => {
    const last = note({ topics: ['rare'] });
    await write([...notes(3), last]);
    const many = archiveLimits.queriesWaitingMax + 100;
    const behind = Array.from({ length: many }, () => follow({ topic: 'rare', since: 0 }));
    await Promise.all(behind.map((follower) => follower.caughtUp()));
    for (const { records } of behind) expect(records).toEqual([last.jws]);
  });

  it('is refused when too many are open, and let in again when one has ended', async () => {
    const open = Array.from({ length: archiveLimits.followsMax }, () => follow({}));
    await expect(follow({}).ended).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    await open[0]!.stop();
    await follow({}).caughtUp();
    expect(follows.count).toBe(archiveLimits.followsMax);
  });

  it('goes on when the connection that listens is lost', async () => {
    const follower = await follow({}).caughtUp();
    await db.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
    );
    const records = notes(3);
    for (const record of records) await write([record], otherLog);
    expect((await follower.has(3)).records).toEqual(textsOf(records));
  });
});

/** Inserts through the same statement as the log does, and commits when it is told to. */
async function heldInsert(
  record: ForgedRecord,
  options: { readonly lock: boolean },
): Promise<() => Promise<void>> {
  const client = await elsewhere.pool.connect();
  await client.query(options.lock ? begin : `begin; set local holdfast.log = 'held'`);
  await client.query(append, [`[${record.verified.row}]`]);
  return async () => {
    await client.query(commit);
    client.release();
  };
}

describe('a record that is committed late', () => {
  it('is never skipped: whoever comes after it waits, and followers see both in their order', async () => {
    const follower = await follow({}).caughtUp();
    const [late, next] = [note(), note()];
    const commitLate = await heldInsert(late, { lock: true });
    let isNextDone = false;
    const writing = write([next]).then(() => (isNextDone = true));
    const blocked = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    while ((await db.database.query(blocked)).rowCount === 0);
    expect(isNextDone).toBe(false);
    await commitLate();
    await writing;
    expect((await follower.has(2)).records).toEqual(textsOf([late, next]));
  });

  it('would be skipped without the lock, which is what the test above is worth', async () => {
    const follower = await follow({}).caughtUp();
    const [late, next, last] = [note(), note(), note()];
    const commitLate = await heldInsert(late, { lock: false });
    await (
      await heldInsert(next, { lock: false })
    )();
    await follower.has(1);
    await commitLate();
    await write([last]);
    expect((await follower.has(2)).records).toEqual(textsOf([next, last]));
  });
});

describe('two writers and many followers', () => {
  it('agree on one order, whoever comes when', async () => {
    const records = notes(800);
    const halves = [records.filter((_, i) => i % 2 === 0), records.filter((_, i) => i % 2 === 1)];
    const followers = [await follow({}).caughtUp()];
    await Promise.all(
      halves.map(async (half, writer) => {
        for (let i = 0; i < half.length;) {
          const size = 1 + ((i * 7 + writer) % 13);
          await write(half.slice(i, i + size), writer === 0 ? log : otherLog);
          i += size;
          if (i % 5 === 0) followers.push(follow({}, followers[0]!.entries.at(-1)?.cursor));
        }
      }),
    );
    const [first, ...others] = followers;
    await first!.has(records.length);
    expect(new Set(first!.records)).toEqual(new Set(textsOf(records)));
    expect(first!.records).toHaveLength(records.length);
    for (const follower of others) {
      await follower.until(() => follower.records.at(-1) === first!.records.at(-1));
      expect(follower.records).toEqual(first!.records.slice(-follower.records.length));
    }
    const total = await follow({ since: 0 }).caughtUp();
    expect(total.records).toEqual(first!.records);
  });
});
