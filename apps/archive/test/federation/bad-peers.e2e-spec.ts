/** P6 between archives: a peer that says what no archive says is marked and left alone, and everybody else is served. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootFederation, type ArchiveProcess, type Federation } from '@holdfast/testing';
import { Client } from 'pg';
import type { HoldfastRecord } from '@holdfast/protocol';
import { sampleRecord, sampleRecords } from '../record-samples.js';
import { eventually } from '../eventually.js';
import { FakePeer, type Script } from './fake-peer.js';
import { publishAt, statesAt } from './publishing.js';

/** Ends what hangs. */
const msMax = 300_000;

let federation: Federation;
let archive: ArchiveProcess;
let honest: ArchiveProcess;
let record: HoldfastRecord;
let forged: string;

beforeAll(async () => {
  federation = await bootFederation({ archives: 2 });
  [archive, honest] = federation.archives as [ArchiveProcess, ArchiveProcess];
  record = await sampleRecord();
  const signature = record.jws.lastIndexOf('.') + 1;
  const other = (await sampleRecord()).jws;
  forged = record.jws.slice(0, signature) + other.slice(other.lastIndexOf('.') + 1);
}, msMax);
afterAll(() => federation?.destroy());

interface Mark {
  readonly misbehaved: number;
  readonly rests: boolean;
  readonly error: string | null;
}

async function markOf(peer: FakePeer): Promise<Mark> {
  const client = new Client({ connectionString: archive.databaseUrl });
  await client.connect();
  const { rows } = await client.query<Mark>(
    'select misbehaved, next_attempt_at > now() as rests, error from peer where id = $1',
    [peer.id],
  );
  await client.end();
  return rows[0]!;
}

const holdsMuch = { start: () => ({ last: 1_000, count: 1_000_000 }) };
const tellsOf = (ids: readonly string[]): Script => ({
  news: ({ after }) => ({ ids, upTo: after! + 1, ageSeconds: 0, last: after! + 1 }),
});
const fakeIds = (count: number): string[] =>
  Array.from({ length: count }, (_, number) => Buffer.alloc(32, number + 1).toString('base64url'));

describe('a peer that sends', () => {
  it.each<[string, RegExp, () => Script]>([
    ['what is no JSON', /not JSON/, () => ({ hello: () => 'garbage' })],
    [
      'answers to what nobody has asked',
      /came to no question/,
      () => ({ hello: () => ({ n: 4_711, ids: [] }) }),
    ],
    [
      'a page of forged records',
      /signature/,
      () => ({ ...holdsMuch, page: () => ({ records: [forged], upTo: 1_000, last: 1_000 }) }),
    ],
    [
      'a forged record that it told of',
      /signature/,
      () => ({ ...tellsOf([record.id]), want: () => ({ records: [forged], gone: [] }) }),
    ],
    [
      'another record than was asked for',
      /not asked for/,
      () => ({
        ...tellsOf([fakeIds(1)[0]!]),
        want: () => ({ records: [record.jws], gone: [] }),
      }),
    ],
    ['ten times as many ids as it may', /ids/, () => tellsOf(fakeIds(2_560))],
    ['a comparison that is none', /comparison/, () => ({ compare: () => ({ message: 'AAAA' }) })],
  ])(
    '%s is marked and refused for a while, and others are served',
    async (_what, why, script) => {
      const peer = await FakePeer.approvedBy(archive);
      expect(await peer.link(script())).toBe('peer-misbehaved');
      const mark = await eventually(
        () => markOf(peer),
        ({ misbehaved }) => misbehaved > 0,
      );
      expect(mark).toEqual({ misbehaved: 1, rests: true, error: expect.stringMatching(why) });
      expect(await peer.refusal()).toBe('peer-misbehaved');
      expect(await statesAt(archive, [record])).toEqual(['record-not-found']);
      await publishAt(honest, await sampleRecords(5));
      expect(await federation.untilSame()).toMatchObject({ isSame: true });
    },
    msMax,
  );

  it(
    'no answers at all is let go of, and others are served in the meantime',
    async () => {
      const peer = await FakePeer.approvedBy(archive);
      const over = peer.link({ start: () => undefined, want: () => undefined });
      await publishAt(honest, await sampleRecords(50));
      await federation.untilSame();
      expect(await over).toBe('request-timeout');
      expect(await markOf(peer)).toMatchObject({ misbehaved: 0 });
    },
    msMax,
  );
});
