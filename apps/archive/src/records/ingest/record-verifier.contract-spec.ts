/** What every adapter of the verifier must do. The specs beside it, and the e2e tests, run this suite on each. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  alice,
  retractionOf,
  sampleRecord,
  sampleRecords,
  secondsNow,
} from '../../../test/record-samples.js';
import type { Scope } from '@holdfast/protocol';
import type { RecordVerifier } from './record-verifier.js';

interface Case {
  readonly name: string;
  /** In pieces where something repeats (vectors/README.md). */
  readonly record: string | readonly (string | { readonly repeat: string; readonly times: number })[];
  readonly now: number;
  readonly expect: { readonly ok: true; readonly id: string } | { readonly ok: false; readonly code: string };
}

const vectors = new URL('../../../../../vectors/records.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, 'utf8')) as { cases: Case[] };

const textOf = (record: Case['record']): string =>
  typeof record === 'string'
    ? record
    : record.map((piece) => (typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times))).join('');

export function recordVerifierContract(open: (scope?: Scope) => RecordVerifier): void {
  let verifier: RecordVerifier;
  beforeAll(() => void (verifier = open()));
  afterAll(() => verifier.close());

  describe('gives the verdict of the vectors', () => {
    it.each(cases)('$name', async ({ record, now, expect: wanted }) => {
      const result = await verifier.verify(textOf(record), now);
      expect(result).toMatchObject(
        wanted.ok ? { ok: true, value: { id: wanted.id } } : { ok: false, code: wanted.code },
      );
    });
  });

  it('makes the row that the log stores', async () => {
    const record = await sampleRecord({
      key: 'k',
      topics: ['a', 'b'],
      exp: secondsNow() + 60,
      body: { title: 'Kelp', lines: ['holds', { on: 'rock' }], count: 3 },
    });
    const result = await verifier.verify(record.jws, secondsNow());
    if (!result.ok) throw new Error(result.detail);
    expect(result.value).toMatchObject({ id: record.id, sizeBytes: record.jws.length, isRetraction: false });
    expect(JSON.parse(result.value.row)).toEqual({
      id: Buffer.from(record.id, 'base64url').toString('hex'),
      author: Buffer.from(alice.publicKey, 'base64url').toString('hex'),
      collection: 'notes',
      key: 'k',
      iat: record.iat,
      exp: record.exp,
      topics: ['a', 'b'],
      jws: record.jws,
      search: 'kelp:1 holds:2 rock:3',
    });
  });

  it('names the targets of a retraction', async () => {
    const [first, second] = await sampleRecords(2);
    const retraction = await retractionOf([first!, second!]);
    const result = await verifier.verify(retraction.jws, secondsNow());
    if (!result.ok) throw new Error(result.detail);
    expect(result.value.isRetraction).toBe(true);
    expect((JSON.parse(result.value.row) as { targets: string[] }).targets).toEqual(
      [first!, second!].map(({ id }) => Buffer.from(id, 'base64url').toString('hex')),
    );
  });

  it('keeps what has expired where that is asked for, and refuses it beside that', async () => {
    const now = secondsNow();
    const { id, jws } = await sampleRecord({ iat: now - 60, exp: now - 30 });
    const results = await Promise.all([
      verifier.verify(jws, now, 'kept'),
      verifier.verify(jws, now),
      verifier.verify(jws, now, 'kept'),
    ]);
    expect(results).toMatchObject([
      { ok: true, value: { id } },
      { ok: false, code: 'record-expired' },
      { ok: true, value: { id } },
    ]);
  });

  it('refuses what is not in the scope of the archive', async () => {
    const scoped = open({ collections: ['wiki'], since: 1_700_000_000 });
    try {
      const kept = await sampleRecord({ collection: 'wiki' });
      const [another, old] = [
        await sampleRecord(),
        await sampleRecord({ collection: 'wiki', iat: 1_600_000_000 }),
      ];
      const retraction = await retractionOf([another]);
      const results = await Promise.all(
        [kept, another, old, retraction].map(({ jws }) => scoped.verify(jws, secondsNow(), 'kept')),
      );
      const refusal = { ok: false, code: 'record-out-of-scope' };
      expect(results).toMatchObject([{ ok: true }, refusal, refusal, { ok: true }]);
    } finally {
      await scoped.close();
    }
  });

  it('answers each of many that come at once, in whatever batches they travel', async () => {
    const records = await sampleRecords(200);
    const flawed = records.map(({ jws }, index) => (index % 3 === 0 ? `${jws.slice(0, -8)}AAAAAAAA` : jws));
    const results = await Promise.all(flawed.map((jws) => verifier.verify(jws, secondsNow())));
    results.forEach((result, index) => {
      if (index % 3 === 0) expect(result).toMatchObject({ ok: false, code: 'record-signature-invalid' });
      else expect(result).toMatchObject({ ok: true, value: { id: records[index]!.id } });
    });
  });
}
