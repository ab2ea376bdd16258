/** An entry archive whose targets are of bad faith: what they say is believed as far as it is proven, and no further. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CrateStatus } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { askOnce, depositAt, statusAt, untilState, untilStatus } from './crate-door.js';
import { sampleCrate, sampleMailbox, text, type SampleCrate } from './crate-samples.js';
import { eventually } from './eventually.js';
import { ask, ForeignArchive } from './foreign-archive.js';
import {
  answerAll,
  introductionOf,
  openHostileTarget,
  type Doors,
  type HostileTarget,
} from './hostile-target.js';

let entry: ArchiveProcess;
let honest: ArchiveProcess;
const targets: HostileTarget[] = [];
beforeAll(async () => {
  [entry, honest] = await Promise.all([bootArchive(), bootArchive()]);
});
afterEach(async () => {
  await Promise.all(targets.splice(0).map((target) => target.close()));
});
afterAll(() => Promise.all([entry.destroy(), honest.destroy()]));

const seen = { crates: [] as string[], urls: [] as string[] };
async function sampleFor(): Promise<SampleCrate> {
  const crate = await sampleCrate((await sampleMailbox()).publicKey);
  seen.crates.push(crate.id, Buffer.from(crate.id, 'base64url').toString('hex'), crate.mailbox);
  return crate;
}
const hour = 3_600;

async function target(doorsOf: (self: ForeignArchive) => Doors = () => ({})): Promise<HostileTarget> {
  const self = await ForeignArchive.make();
  const opened = await openHostileTarget(self, doorsOf(self));
  targets.push(opened);
  seen.urls.push(opened.url);
  return opened;
}

const errandAt = ({ errands = [] }: CrateStatus, { url }: HostileTarget) =>
  errands.find((errand) => errand.url === url);

const untilTried = (crate: SampleCrate, at: HostileTarget) =>
  untilStatus(entry.url, crate, (status) => (errandAt(status, at)?.attempts ?? 0) > 0);

describe('a target of bad faith', () => {
  it('is told that a crate has left although it promised to hold it at that very moment', async () => {
    let letAnswer = (): void => {};
    const answered = new Promise<void>((resolve) => (letAnswer = resolve));
    const crate = await sampleFor();
    const slow = await target(({ identity }) => ({
      offers: async (body) => {
        await answered;
        const terms = { crate: crate.id, sizeBytes: crate.envelope.length, expiryHour: crate.expiryHour };
        return answerAll(body, 'accepted', { custody: await identity.promise(terms, Date.now()) });
      },
      departures: (body) => answerAll(body, 'delivered'),
    }));
    await depositAt(entry.url, crate, { bring: [slow.url] });
    await eventually(
      async () => slow.asked,
      (asked) => asked.includes('/v1/crates/offers'),
    );
    await askOnce(entry.url, { op: 'ack', crate: crate.id, secret: text(crate.ackSecret) });
    letAnswer();
    await eventually(
      async () => slow.asked,
      (asked) => asked.includes('/v1/crates/departures'),
    );
    await untilStatus(entry.url, crate, ({ errands }) => errands === undefined);
  });

  it('is believed in no custody receipt but its own, for this crate on its terms', async () => {
    const crate = await sampleFor();
    const other = await sampleFor();
    const terms = { crate: crate.id, sizeBytes: crate.envelope.length, expiryHour: crate.expiryHour };
    const stranger = (await ForeignArchive.make()).identity;
    const forgeries: ((self: ForeignArchive) => Promise<string>)[] = [
      async () => '',
      async () => 'x'.repeat(100_000),
      async ({ identity }) => (await identity.promise(terms, Date.now())).slice(0, -8) + 'AAAAAAAA',
      ({ identity }) => identity.promise({ ...terms, crate: other.id }, Date.now()),
      ({ identity }) => identity.promise({ ...terms, sizeBytes: 16_384 }, Date.now()),
      ({ identity }) => identity.promise({ ...terms, expiryHour: crate.expiryHour + 1 }, Date.now()),
      ({ identity }) => identity.promise(terms, Date.now() + 13 * hour * 1000),
      () => stranger.promise(terms, Date.now()),
      async () => {
        const answer = await depositAt(honest.url, crate);
        return answer.op === 'deposited' ? answer.custody : '';
      },
    ];
    const bring: HostileTarget[] = [];
    for (const forge of forgeries) {
      bring.push(
        await target((self) => ({
          offers: async (body) => answerAll(body, 'accepted', { custody: await forge(self) }),
        })),
      );
    }
    await depositAt(entry.url, crate, { bring: bring.map(({ url }) => url) });
    const codes = bring.map(async (at) => errandAt(await untilTried(crate, at), at)!.code);
    expect(await Promise.all(codes)).toEqual(forgeries.map(() => 'custody-invalid'));
    expect((await statusAt(entry.url, crate)).custody).toHaveLength(1);
  });

  it('can ask another archive, as which it has introduced itself, nothing but what it was asked itself', async () => {
    const [crate, others] = [await sampleFor(), [await sampleFor(), await sampleFor()]];
    const relayed: [string, number][] = [];
    const relay = await target(() => ({
      introduce: () => introductionOf(honest.id),
      offers: async (body, _response, { headers }) => {
        const token = headers.authorization!.replace('Bearer ', '');
        const flood = others.map(({ id }) => ({ ...JSON.parse(String(body)).crates[0], crate: id }));
        const proof = { crate: crate.id, way: 'ack', proof: text(crate.recallSecret) };
        const requests: [string, unknown][] = [
          ['/v1/crates/offers', { crates: flood }],
          ['/v1/crates/departures', { crates: [proof] }],
          ['/v1/crates/departures', String(body)],
          ['/v1/crates/offers', String(body)],
        ];
        for (const [path, content] of requests) {
          const { status } = await ask(honest, path, content, token);
          relayed.push([path, status]);
        }
        return answerAll(body, 'refused', { code: 'quota-exceeded' });
      },
    }));
    await depositAt(entry.url, crate, { bring: [relay.url] });
    await untilTried(crate, relay);
    expect(relayed.slice(0, 4)).toEqual([
      ['/v1/crates/offers', 403],
      ['/v1/crates/departures', 403],
      ['/v1/crates/departures', 403],
      ['/v1/crates/offers', 200],
    ]);
  });

  it('lets no crate go by saying that it has left, or expired, or was never wanted', async () => {
    const crate = await sampleFor();
    const foreign = await sampleFor();
    const lies: object[] = [
      { status: 'delivered' },
      { status: 'delivered', proof: text(foreign.ackSecret) },
      { status: 'delivered', proof: text(crate.recallSecret) },
      { status: 'recalled', proof: text(crate.ackSecret) },
      { status: 'discarded', proof: text(new Uint8Array(64)) },
      { status: 'discarded', proof: 'x'.repeat(10_000) },
      { status: 'expired' },
      { status: 'unknown' },
    ];
    const liars: HostileTarget[] = [];
    for (const lie of lies) liars.push(await target(() => ({ offers: (body) => answerAll(body, '', lie) })));
    await depositAt(entry.url, crate, { bring: [...liars.map(({ url }) => url), honest.url] });
    for (const liar of liars.filter((_, i) => i !== 6)) await untilTried(crate, liar);
    await untilState(honest.url, crate, 'accepted');
    expect(await statusAt(entry.url, crate)).toMatchObject({ status: 'accepted' });
  });

  it('is a failed attempt whatever it answers, and keeps no other archive from its crate', async () => {
    const nobody = await ForeignArchive.make();
    const endless: Doors['introduce'] = (_body, response) => {
      const more = (): void => {
        while (response.write(' '.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    };
    const junk = JSON.stringify({ crates: Array.from({ length: 200_000 }, () => []) });
    const doors: [string, Doors][] = [
      [
        'answer-invalid',
        { introduce: (_body, response) => void response.writeHead(302, { location: honest.url }).end() },
      ],
      ['answer-invalid', { introduce: endless }],
      ['answer-invalid', { introduce: () => introductionOf('not a key') }],
      [
        'answer-invalid',
        { introduce: () => introductionOf(nobody.identity.id, { protocols: ['holdfast/2'] }) },
      ],
      ['answer-invalid', { introduce: (_body, response) => void response.end('{"id":') }],
      ['answer-invalid', { introduce: () => introductionOf(nobody.identity.id, { time: 1e308 }) }],
      ['archive-unreachable', { introduce: (_body, response) => void response.destroy() }],
      ['answer-invalid', { offers: endless }],
      ['answer-invalid', { offers: (_body, response) => void response.end(junk) }],
      ['answer-invalid', { offers: () => ({ crates: [] }) }],
      ['answer-invalid', { offers: (body) => answerAll(body, 'nothing of this kind') }],
      [
        'answer-invalid',
        { offers: (_body, response) => void response.writeHead(500).end('{"code":"constructor"}') },
      ],
      [
        'quota-exceeded',
        { offers: (body) => answerAll(body, 'refused', { code: 'quota-exceeded', until: 1e300 }) },
      ],
      ['answer-invalid', { offers: (body) => answerAll(body, 'refused', { code: '<script>' }) }],
      [
        'unavailable',
        { crates: (_body, response) => void response.writeHead(503).end('{"code":"unavailable"}') },
      ],
    ];
    const crate = await sampleFor();
    const opened: HostileTarget[] = [];
    for (const [, of] of doors) opened.push(await target(() => of));
    await depositAt(entry.url, crate, { bring: [...opened.map(({ url }) => url), honest.url] });
    await untilState(honest.url, crate, 'accepted');
    const codes = opened.map(async (at) => errandAt(await untilTried(crate, at), at)!.code);
    expect(await Promise.all(codes)).toEqual(doors.map(([code]) => code));
    expect(opened.map(({ asked }) => asked.includes('/v1/crates'))).toEqual(doors.map((_, i) => i === 14));
  });

  it('gets nothing of a crate when it is another archive than the one that was met', async () => {
    const crate = await sampleFor();
    const ids = [await ForeignArchive.make(), await ForeignArchive.make()].map(({ identity }) => identity.id);
    const changing = await target(() => ({
      introduce: () => introductionOf(ids.shift() ?? honest.id),
      offers: (_body, response) => void response.writeHead(403).end('{"code":"not-authorised"}'),
    }));
    await depositAt(entry.url, crate, { bring: [changing.url] });
    expect(errandAt(await untilTried(crate, changing), changing)).toMatchObject({ code: 'archive-foreign' });
    expect(changing.asked).not.toContain('/v1/crates');
  });

  it('is named nowhere in the log, and neither is any crate or token', () => {
    const log = [...entry.logLines, ...honest.logLines].join('\n');
    for (const secret of [...seen.crates, ...seen.urls, 'Bearer']) expect(log).not.toContain(secret);
    // Three letters alone may stand in any id.
    expect(log).not.toMatch(/eyJ[\w-]*\.eyJ/);
    expect(seen.crates.length).toBeGreaterThan(0);
  });
});
