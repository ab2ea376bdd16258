import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { gossipLimits, type AgreedScope } from '@holdfast/gossip';
import { archiveLimits } from '../../limits.js';
import { openSpecDatabase, type SpecDatabase } from '../../../test/database-for-spec.js';
import { eventually } from '../../../test/eventually.js';
import { forgedRecord, type ForgedRecord } from '../../../test/forged-records.js';
import { alice, bob } from '../../../test/record-samples.js';
import { ReadingConnections } from '../../platform/database/reading-connections.js';
import { LogListener } from '../../records/follow/log-listener.js';
import { LogReader } from '../../records/follow/log-reader.js';
import { LogTail } from '../../records/follow/log-tail.js';
import { RecordLog } from '../../records/ingest/record-log.js';
import { append, begin, commit } from '../../records/ingest/record-log.sql.js';
import { LogSource } from './log-source.js';

let db: SpecDatabase;
let log: RecordLog;
let tail: LogTail;
let listener: LogListener;
let source: LogSource;

beforeAll(async () => void (db = await openSpecDatabase()));
afterAll(() => db.drop());

beforeEach(async () => {
  const { pool } = db.database;
  await db.database.query('truncate record, retraction');
  log = new RecordLog(pool);
  tail = new LogTail(new LogReader(new ReadingConnections(pool, 1)), () => undefined);
  listener = new LogListener(pool, tail.poke, () => undefined);
  source = new LogSource(tail, new ReadingConnections(pool, 2), new ReadingConnections(pool, 1));
  await listener.start();
});

afterEach(() => {
  listener.stop();
  tail.close();
  source.close();
  log.close();
});

const note = (payload: Partial<ForgedRecord> = {}, author = alice) => forgedRecord(author.publicKey, payload);
const notes = (count: number, payload: Partial<ForgedRecord> = {}) =>
  Array.from({ length: count }, () => note(payload));
const store = (...records: ForgedRecord[]) => log.append(records.map(({ verified }) => verified));
const retract = (...records: ForgedRecord[]) =>
  note({ collection: 'retractions', refs: records.map(({ id }) => id), body: null });
const idsOf = (records: readonly ForgedRecord[]) => records.map(({ id }) => id);
const never = new AbortController().signal;

/** What the tail has read already: live answers come from there. */
async function attending(): Promise<() => void> {
  const leave = source.attend();
  await eventually(
    async () => tail.recentlyRead,
    (recent) => recent !== undefined,
  );
  return leave;
}

const caughtUp = async () => {
  const last = await source.lastSeq();
  await eventually(
    async () => tail.recentlyRead!.last,
    (read) => read === last,
  );
};

/** All ids from the beginning, by news. */
async function allNews(scope: AgreedScope): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0; ;) {
    const news = await source.newsAfter(after, scope);
    ids.push(...news.ids);
    if (news.upTo === news.last) return ids;
    after = news.upTo;
  }
}

describe.each(['from the table', 'from memory'])('news, %s', (where) => {
  let leave = () => {};
  const isLive = where === 'from memory';
  beforeEach(async () => void (isLive && (leave = await attending())));
  afterEach(() => leave());
  const stored = async (...records: ForgedRecord[]) => {
    await store(...records);
    if (isLive) await caughtUp();
  };

  it('are the ids after a cursor in the order of the log, and how far they reach', async () => {
    const start = await source.lastSeq();
    const records = notes(5);
    await stored(...records);
    const last = await source.lastSeq();
    const news = await source.newsAfter(start, [{}]);
    expect(news).toEqual({ ids: idsOf(records), upTo: last, last, ageSeconds: 0 });
    expect(await source.newsAfter(last, [{}])).toEqual({ ids: [], upTo: last, last, ageSeconds: 0 });
    expect((await source.newsAfter(last - 2, [{}])).ids).toEqual(idsOf(records.slice(3)));
  });

  it('come in parts, of which each says how old its last entry is', async () => {
    const start = await source.lastSeq();
    const records = notes(gossipLimits.newsIdsMax + 10);
    await stored(...records);
    const aged = performance.now();
    await db.database.query(`update record set stored_at = now() - interval '100 s'`);
    const first = await source.newsAfter(start, [{}]);
    const seconds = (performance.now() - aged) / 1000;
    expect(first.ids).toEqual(idsOf(records.slice(0, gossipLimits.newsIdsMax)));
    expect(first.upTo).toBe(first.last - 10);
    expect(first.ageSeconds).toBeGreaterThan(95);
    expect(first.ageSeconds).toBeLessThan(105 + seconds);
    const second = await source.newsAfter(first.upTo, [{}]);
    expect(second.ids).toEqual(idsOf(records.slice(gossipLimits.newsIdsMax)));
  });

  it('leave out what was retracted, also in between, and have the retraction', async () => {
    const start = await source.lastSeq();
    const [first, second, third] = [note(), note(), note()];
    await stored(first, second, third);
    const retraction = retract(second);
    await stored(retraction);
    expect((await source.newsAfter(start, [{}])).ids).toEqual(idsOf([first, third, retraction]));
  });

  it('are those of every scope', async () => {
    const start = await source.lastSeq();
    const wiki = note({ collection: 'wiki', topics: ['kelp', 'tide'] });
    const others = [note(), note({ collection: 'wiki', topics: ['rock'] }), note({ topics: ['kelp'] })];
    const card = note({ collection: 'keys' });
    const bobs = forgedRecord(bob.publicKey, { collection: 'wiki', topics: ['kelp'] });
    const old = note({ collection: 'wiki', topics: ['kelp'], iat: 1_600_000_000 });
    await stored(wiki, ...others, card, bobs, old);
    const scope = [
      { collections: ['wiki'], topics: ['kelp'] },
      { authors: [alice.publicKey], since: 1_650_000_000 },
    ];
    const { ids, upTo, last } = await source.newsAfter(start, scope);
    expect(ids).toEqual(idsOf([wiki, card]));
    expect(upTo).toBe(last);
  });

  it('refuse a cursor that was never handed out, and take one whose entry never came', async () => {
    await stored(note());
    const { rows } = await db.database.query<{ seq: string }>(`select nextval('record_seq') as seq`);
    const seq = Number(rows[0]!.seq);
    expect(await source.newsAfter(seq, [{}])).toMatchObject({ ids: [], upTo: seq, last: seq });
    await expect(source.newsAfter(seq + 1, [{}])).rejects.toMatchObject({ code: 'cursor-invalid' });
    await expect(source.pageAfter(seq + 1, [{}])).rejects.toMatchObject({ code: 'cursor-invalid' });
  });
});

describe('news of a scope of which there is little', () => {
  it('say how far everything was looked at', async () => {
    const wanted = note({ collection: 'wiki' });
    await store(...notes(3), wanted);
    await db.database.query(`update record set seq = seq + $1 where id = $2`, [
      3 * archiveLimits.followWindowSeqs,
      Buffer.from(wanted.id, 'base64url'),
    ]);
    const start = (await source.newsAfter(0, [{}])).upTo;
    const first = await source.newsAfter(start, [{ collections: ['wiki'] }]);
    expect(first).toMatchObject({ ids: [], upTo: start + archiveLimits.followWindowSeqs });
    expect(first.ageSeconds).toBeGreaterThanOrEqual(0);
    expect(await allNews([{ collections: ['wiki'] }])).toEqual([wanted.id]);
  });
});

describe('pages', () => {
  it('are the bodies in the order of the log, up to a bound of bytes', async () => {
    const start = await source.lastSeq();
    const records = notes(40).map((_, i) => note({ body: { i, text: 'k'.repeat(40_000) } }));
    await store(...records);
    const found: string[] = [];
    let after = start;
    for (let pages = 0; ; pages++) {
      const page = await source.pageAfter(after, [{}]);
      const bytes = page.records.join('').length;
      expect(bytes).toBeLessThanOrEqual(gossipLimits.pageBytesMax);
      if (page.upTo < page.last) expect(bytes).toBeGreaterThan(gossipLimits.pageBytesMax - 65_536);
      found.push(...page.records);
      after = page.upTo;
      if (after === page.last) {
        expect(pages).toBe(2);
        break;
      }
    }
    expect(found).toEqual(records.map(({ jws }) => jws));
  });

  it('leave out what was retracted and what is out of scope', async () => {
    const start = await source.lastSeq();
    const [kept, gone, other] = [note({ collection: 'wiki' }), note({ collection: 'wiki' }), note()];
    const retraction = retract(gone);
    await store(kept, gone, other);
    await store(retraction);
    const page = await source.pageAfter(start, [{ collections: ['wiki'] }, {}]);
    expect(page.records).toEqual([kept.jws, retraction.jws]);
    expect(page.upTo).toBe(page.last);
  });
});

describe('a cursor', () => {
  it('skips nothing that is committed late, by news and by pages, while writes go on', async () => {
    const late = note({ body: 'late' });
    const client = await db.database.pool.connect();
    const start = await source.lastSeq();
    let [byNews, byPages] = [start, start];
    const [ids, bodies]: [string[], string[]] = [[], []];
    const look = async () => {
      const [news, page] = [await source.newsAfter(byNews, [{}]), await source.pageAfter(byPages, [{}])];
      ids.push(...news.ids);
      bodies.push(...page.records);
      [byNews, byPages] = [news.upTo, page.upTo];
    };
    // The late one holds its seq, uncommitted, while others want to be written.
    await client.query(begin);
    await client.query(append, [`[${late.verified.row}]`]);
    const written: ForgedRecord[] = [];
    const writing = (async () => {
      for (let i = 0; i < 10; i++) {
        const some = notes(20);
        written.push(...some);
        await store(...some);
      }
    })();
    await look();
    await look();
    await client.query(commit);
    client.release(true);
    while (ids.length < 201) await look();
    await writing;
    await look();
    expect(ids).toEqual(idsOf([late, ...written]));
    expect(bodies).toEqual([late, ...written].map(({ jws }) => jws));
  });

  it('is woken when the log has grown, and not before', async () => {
    const start = await source.lastSeq();
    const woken = source.beyond(start, never);
    const aborted = new AbortController();
    const waiting = source.beyond(start + 1_000, aborted.signal);
    await store(note());
    await woken;
    aborted.abort();
    await waiting;
  });
});

describe.each(['from the table', 'from memory'])('bodies, %s', (where) => {
  const isLive = where === 'from memory';
  let leave = () => {};
  beforeEach(async () => void (isLive && (leave = await attending())));
  afterEach(() => leave());

  it('are those that are here in the order of the ids; others are gone', async () => {
    const [first, second, retracted] = notes(3);
    await store(first!, second!, retracted!);
    await store(retract(retracted!));
    if (isLive) await caughtUp();
    const absent = isLive ? [] : [note().id];
    const ids = [second!.id, ...absent, retracted!.id, first!.id];
    expect(await source.recordsOf(ids)).toEqual({
      records: [second!.jws, first!.jws],
      gone: [...absent, retracted!.id],
    });
  });

  it('end where there is no more room, and what is left out is not gone', async () => {
    const large = Array.from({ length: 30 }, (_, i) => note({ body: { i, text: 'k'.repeat(40_000) } }));
    await store(...large);
    if (isLive) await caughtUp();
    const { records, gone } = await source.recordsOf(idsOf(large));
    expect(gone).toEqual([]);
    expect(records.length).toBe(Math.floor(gossipLimits.answerBytesMax / large[0]!.jws.length));
    expect(records).toEqual(large.slice(0, records.length).map(({ jws }) => jws));
  });
});

describe('what is missing', () => {
  it('is neither held nor a tombstone', async () => {
    const [held, retracted, absent, alsoAbsent] = notes(4);
    await store(held!, retracted!);
    await store(retract(retracted!));
    const ids = idsOf([absent!, held!, alsoAbsent!, retracted!]);
    expect(await source.missing(ids)).toEqual([absent!.id, alsoAbsent!.id]);
    expect(await source.missing([])).toEqual([]);
  });
});
