import { describe, expect, it } from '@jest/globals';
import { decodeBase64url, encodeBase64url } from '@holdfast/protocol';
import { initiate, SortedArray } from '@holdfast/reconcile';
import { gossipLimits } from '../src/limits.js';
import type { LinkEnd } from '../src/life.js';
import { hello, pretendTo, type Answers, type Impostor } from './impostor.js';
import { VirtualTime } from './virtual-time.js';
import { alice, bob, connect, haveTheSame, TestArchive, type ArchiveOptions } from './world.js';

function archiveNamed(name = 'a', options: ArchiveOptions = {}): TestArchive {
  return new TestArchive(name, new VirtualTime(), options);
}

async function endOf(archive: TestArchive, impostor: Impostor, withinMs = 600_000): Promise<LinkEnd> {
  let end: LinkEnd | undefined;
  void impostor.link.ended.then((it) => (end = it));
  await archive.time.until(() => end !== undefined, 'the link is over', withinMs);
  expect(archive.shared.fetching.size).toBe(0);
  expect(archive.time.sleeping).toBe(0);
  return end!;
}

/** A comparison that names these as missing here: the other side holds them, and the archive nothing. */
const holding = (ids: readonly string[]): Answers['compare'] => {
  const items = ids.map((id) => ({ time: 1, id: decodeBase64url(id)! }));
  return () => ({ message: encodeBase64url(initiate(new SortedArray(items))) });
};

const idOf = (place: number): string =>
  encodeBase64url(Uint8Array.from({ length: 32 }, (_, i) => place >> (8 * i)));

describe('a peer is marked that', () => {
  const other = archiveNamed('other');
  const asked = other.make();
  const unasked = other.make();
  const byBob = other.make({}, bob);
  const forged = `${asked.jws.slice(0, -8)}AAAAAAAA`;
  const named: Answers = { compare: holding([asked.id]) };
  const newsOf = (news: object): Answers => ({ news: ({ after }) => (after === 0 ? news : undefined) });

  const cases: Record<string, readonly [Answers, ArchiveOptions?]> = {
    'answers with a record that was not asked for': [
      { ...named, want: () => ({ records: [unasked.jws], gone: [] }) },
    ],
    'answers with more records than were asked for': [
      { ...named, want: () => ({ records: [asked.jws, unasked.jws], gone: [] }) },
    ],
    'answers with one record many times': [
      { ...named, want: () => ({ records: Array(10).fill(asked.jws), gone: [] }) },
    ],
    'answers with a forged record': [{ ...named, want: () => ({ records: [forged], gone: [] }) }],
    'answers with what is no record': [{ ...named, want: () => ({ records: ['x'], gone: [] }) }],
    'answers with nothing at all': [{ ...named, want: () => ({ records: [], gone: [] }) }],
    'says that ten times as many ids are gone as were asked for': [
      { ...named, want: () => ({ records: [], gone: Array.from({ length: 10 }, (_, i) => idOf(i)) }) },
    ],
    'answers with a record out of scope': [
      { compare: holding([byBob.id]), want: () => ({ records: [byBob.jws], gone: [] }) },
      { scope: { authors: [alice] } },
    ],
    'hands out a forged record in a snapshot': [
      { start: () => ({ last: 1, count: 1 }), page: () => ({ records: [forged], upTo: 1, last: 1 }) },
    ],
    'names more ids than fit': [
      newsOf({
        ids: Array.from({ length: 2_560 }, (_, i) => idOf(i)),
        upTo: 2_560,
        ageSeconds: 0,
        last: 2_560,
      }),
    ],
    'names an id twice': [newsOf({ ids: [idOf(1), idOf(1)], upTo: 2, ageSeconds: 0, last: 2 })],
    'names what is no id': [newsOf({ ids: ['x'], upTo: 2, ageSeconds: 0, last: 2 })],
    'names ids and does not move on': [newsOf({ ids: [idOf(1)], upTo: 0, ageSeconds: 0, last: 2 })],
    'goes beyond the end of its log': [newsOf({ ids: [], upTo: 3, ageSeconds: 0, last: 2 })],
    'goes back': [
      { start: () => ({ last: 5, count: 0 }), news: () => ({ ids: [], upTo: 4, ageSeconds: 0, last: 9 }) },
    ],
    'answers a comparison with what is none': [{ compare: () => ({ message: 'YQEBAQEB' }) }],
    'answers a comparison with what is no base64url': [{ compare: () => ({ message: '=' }) }],
    'answers a comparison with too much': [{ compare: () => ({ message: 'YQ'.repeat(400_000) }) }],
    'adds a member to an answer': [{ start: () => ({ last: 0, count: 0, more: true }) }],
    'answers a question that was not asked': [{ start: ({ n }) => ({ n: n! + 1_000, last: 0, count: 0 }) }],
    'answers with a number that is none': [{ start: () => ({ n: 'one', last: 0, count: 0 }) }],
    'says what is not JSON': [{ start: () => '{' }],
    'says what is no object': [{ start: () => '[]' }],
    'says too much in one frame': [{ start: () => ' '.repeat(gossipLimits.frameLengthMax + 1) }],
    'greets twice': [{ start: () => JSON.stringify(hello) }],
    'asks for more bodies than it may': [
      {
        start: () =>
          JSON.stringify({ op: 'want', n: 1, ids: Array.from({ length: 2_560 }, (_, i) => idOf(i)) }),
      },
    ],
    'compares with what is none': [
      { start: () => JSON.stringify({ op: 'compare', n: 1, first: true, message: 'YQEBAQEB' }) },
    ],
  };

  it.each(Object.entries(cases))('%s', async (_, [answers, options]) => {
    const archive = archiveNamed('a', options);
    const impostor = pretendTo(archive, answers);
    const end = await endOf(archive, impostor);
    expect(end).toMatchObject({ code: 'peer-misbehaved', by: 'us' });
    expect(impostor.closed).toEqual([{ code: 'peer-misbehaved', detail: end.detail }]);
    expect(impostor.toIt.frames.at(-1)).toBe(
      JSON.stringify({ op: 'error', code: 'peer-misbehaved', detail: end.detail }),
    );
    expect(archive.memory.ids()).toEqual([]);
  });

  it('asks before it greets', async () => {
    const archive = archiveNamed();
    const impostor = pretendTo(archive, {}, { op: 'start', n: 1 });
    expect(await endOf(archive, impostor)).toMatchObject({ code: 'peer-misbehaved' });
  });

  it('greets with more than any greeting has', async () => {
    const archive = archiveNamed();
    const impostor = pretendTo(archive, {}, { ...hello, scope: { topics: ['x'.repeat(300_000)] } });
    expect(await endOf(archive, impostor)).toMatchObject({ code: 'peer-misbehaved' });
  });

  it('has more questions open than it may', async () => {
    const archive = archiveNamed();
    const impostor = pretendTo(archive);
    for (let n = 1; n <= gossipLimits.questionsOpenMax; n++) impostor.say({ op: 'news', n, after: 0 });
    await archive.time.pass(10);
    expect(impostor.closed).toEqual([]);
    impostor.say({ op: 'news', n: 9, after: 0 });
    expect(await endOf(archive, impostor)).toMatchObject({ code: 'peer-misbehaved' });
  });

  it('asks without end what nobody understands, and does not read that it is told so', async () => {
    const archive = archiveNamed();
    const impostor = pretendTo(archive);
    await archive.time.pass(10);
    impostor.toIt.isReading = false;
    for (let n = 1; n <= 1_000; n++) impostor.say({ op: 'weather', n });
    expect(await endOf(archive, impostor)).toMatchObject({ code: 'peer-misbehaved' });
  });

  it('asks what nobody understands before it greets', async () => {
    const archive = archiveNamed();
    const impostor = pretendTo(archive, {}, { op: 'weather', n: 1 });
    expect(await endOf(archive, impostor)).toMatchObject({ code: 'peer-misbehaved' });
  });

  it('shows a proof that does not fit', async () => {
    const archive = archiveNamed();
    const crate = idOf(7);
    archive.departures.deposit(crate);
    const impostor = pretendTo(archive, {
      departures: () => ({ crates: [crate], upTo: 1, last: 1 }),
      proofs: () => ({ departures: [{ crate, way: 'ack', proof: idOf(8) }] }),
    });
    expect(await endOf(archive, impostor)).toMatchObject({ code: 'peer-misbehaved' });
    expect(archive.departures.waiting).toEqual([crate]);
  });
});

describe('a peer that costs what it may', () => {
  it('is compared with so many rounds when its fingerprints never converge', async () => {
    const archive = archiveNamed();
    await archive.publishMany(200, (i) => archive.time.now - i);
    let answers = 0;
    // It sends back fingerprints of a set that is another one each time.
    const impostor = pretendTo(archive, {
      compare: () => {
        answers++;
        const items = Array.from({ length: 200 }, (_, i) => ({
          time: archive.time.now - i,
          id: decodeBase64url(idOf(i + 1_000 * answers))!,
        }));
        return { message: encodeBase64url(initiate(new SortedArray(items))) };
      },
    });
    await archive.time.until(() => impostor.link.stats.stage === 'live', 'it goes live', 3_600_000);
    expect(answers).toBeLessThanOrEqual(gossipLimits.compareRoundsMax);
    expect(impostor.closed).toEqual([]);
    // Nothing came of it: it is compared more and more seldom.
    const begun = (): number => impostor.heard.filter(({ first }) => first === true).length;
    const before = begun();
    await archive.time.pass(8 * 3_600_000);
    expect(begun() - before).toBeGreaterThan(3);
    expect(begun() - before).toBeLessThan(20);
    impostor.link.close();
    await endOf(archive, impostor);
  });

  it('that names ids which are all gone is asked less and less', async () => {
    const archive = archiveNamed();
    let named = 0;
    const impostor = pretendTo(archive, {
      news: () => {
        const ids = Array.from({ length: 256 }, () => idOf(++named));
        return { ids, upTo: named, ageSeconds: 0, last: named };
      },
    });
    await archive.time.pass(60_000);
    expect(named).toBeLessThan(gossipLimits.goneInARowMax + 256 * 150);
    impostor.link.close();
    await endOf(archive, impostor);
  });

  it('that answers at once that there is nothing new is not asked in a circle', async () => {
    const archive = archiveNamed();
    let asked = 0;
    const impostor = pretendTo(archive, {
      news: ({ after }) => (asked++, { ids: [], upTo: after, ageSeconds: 0, last: after }),
      departures: ({ after }) => (asked++, { crates: [], upTo: after, last: after }),
    });
    await archive.time.pass(60_000);
    expect(asked).toBeLessThan(150);
    impostor.link.close();
    await endOf(archive, impostor);
  });

  it('that begins comparisons all the time is told to wait', async () => {
    const archive = archiveNamed();
    const impostor = pretendTo(archive);
    for (let n = 1; n <= 20; n++) {
      impostor.say({ op: 'compare', n, first: true, message: 'YQ' });
      await archive.time.pass(10);
    }
    const errors = impostor.heard.filter(({ op }) => op === 'error');
    expect(errors).toHaveLength(20 - gossipLimits.comparesServedPerMinuteMax);
    expect(errors[0]).toMatchObject({ code: 'overloaded' });
    impostor.link.close();
    await endOf(archive, impostor);
  });

  it('that comes anew for each comparison is told to wait as well', async () => {
    const archive = archiveNamed();
    const told: unknown[] = [];
    for (let link = 1; link <= 20; link++) {
      const impostor = pretendTo(archive);
      impostor.say({ op: 'compare', n: 1, first: true, message: 'YQ' });
      const said = () => impostor.heard.find(({ op, n }) => (op === 'answer' || op === 'error') && n === 1);
      await archive.time.until(() => said() !== undefined, 'it is answered', 100);
      told.push(said()!['code']);
      impostor.link.close();
      await endOf(archive, impostor);
    }
    expect(told.filter((code) => code === undefined)).toHaveLength(gossipLimits.comparesServedPerMinuteMax);
    await archive.time.pass(60_000);
    const impostor = pretendTo(archive);
    impostor.say({ op: 'compare', n: 1, first: true, message: 'YQ' });
    await archive.time.pass(100);
    expect(impostor.heard.some(({ code }) => code === 'overloaded')).toBe(false);
    impostor.link.close();
    await endOf(archive, impostor);
  });

  it('that asks what a later version may ask is told so', async () => {
    const archive = archiveNamed();
    const impostor = pretendTo(archive);
    impostor.say({ op: 'weather', n: 3 });
    await archive.time.until(() => impostor.heard.some(({ op }) => op === 'error'), 'it is told', 100);
    expect(impostor.heard.find(({ op }) => op === 'error')).toMatchObject({ n: 3, code: 'op-unknown' });
    impostor.link.close();
    await endOf(archive, impostor);
  });

  it('disturbs no other link', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    const connection = connect(a, b);
    await time.until(() => connection.a.stats.stage === 'live', 'a is live', 10_000);
    const impostor = pretendTo(a, { start: () => '{' });
    await time.until(() => impostor.closed.length > 0, 'the other link is over', 1_000);
    await b.publish();
    await time.until(() => haveTheSame(a, b), 'a has it', 10);
    connection.cut();
  });
});
