import { describe, expect, it } from '@jest/globals';
import { HoldfastError } from '@holdfast/protocol';
import type { LinkEnd } from '../src/life.js';
import type { MemoryRecords } from '../src/memory/index.js';
import type { RecordStore } from '../src/ports.js';
import { hello, pretendTo, type Answers } from './impostor.js';
import { VirtualTime } from './virtual-time.js';
import { connect, haveTheSame, TestArchive, type ArchiveOptions } from './world.js';

/** Whose log has been taken whole. */
const withSnapshot: Answers = {
  start: () => ({ last: 9, count: 1_000 }),
  page: () => ({ records: [], upTo: 9, last: 9 }),
};

const laterTo: Answers[string] = ({ n }) =>
  JSON.stringify({ op: 'error', n, code: 'overloaded', detail: 'Later.' });

/** Everything of a scope with topics is too much for it to compare. */
const withLargeTopics: ArchiveOptions = {
  around: (records) =>
    wrapped(records, (scopes) =>
      scopes.some(({ topics }) => topics !== undefined)
        ? Promise.reject(new HoldfastError('set-too-large', 'Too many records are in this scope.'))
        : records.openSet(scopes),
    ),
};

/** Whose sets take a while to look into. */
const withSlowSets = (time: VirtualTime, stepMs: number): ArchiveOptions => ({
  around: (records) =>
    wrapped(records, async (...scopes) => {
      const set = await records.openSet(...scopes);
      const run: typeof set.run = async (step) => {
        await time.sleep(stepMs, new AbortController().signal);
        return set.run(step);
      };
      return { size: set.size, run, close: () => set.close() };
    }),
});

function wrapped(records: MemoryRecords, openSet: RecordStore['openSet']): RecordStore {
  return new Proxy<RecordStore>(records, {
    get: (_, name) => {
      if (name === 'openSet') return openSet;
      const value: unknown = Reflect.get(records, name);
      return typeof value === 'function' ? (value.bind(records) as unknown) : value;
    },
  });
}

describe('a peer that goes on with one comparison for ever', () => {
  it('leaves most of the time to others', async () => {
    const time = new VirtualTime();
    const archive = new TestArchive('a', time, withSlowSets(time, 60));
    const impostor = pretendTo(archive, { compare: () => undefined });
    await time.pass(10);
    const answers = () =>
      impostor.heard.filter(({ op, message }) => op === 'answer' && message !== undefined).length;
    const spanMs = 20_000;
    const endsMs = time.nowMs() + spanMs;
    let n = 0;
    while (time.nowMs() < endsMs) {
      impostor.say({ op: 'compare', n: ++n, first: n === 1, message: 'YQ' });
      await time.until(() => answers() === n, 'it is answered', 1_000);
    }
    expect(n).toBeGreaterThan(10);
    expect(n * 60).toBeLessThan(spanMs / 3);
    impostor.link.close();
  });
});

describe('sets that cannot be compared', () => {
  it('come to be the same by the ids of the whole log', async () => {
    const time = new VirtualTime();
    const scope = { topics: ['kelp'] };
    const [a, b] = [new TestArchive('a', time, { ...withLargeTopics, scope }), new TestArchive('b', time)];
    for (let i = 0; i < 100; i++) {
      const { jws } = a.make({ topics: ['kelp'] });
      if (i % 10 !== 0) await a.memory.publish(jws);
      await b.memory.publish(jws);
    }
    const first = connect(a, b);
    let end: LinkEnd | undefined;
    void first.a.ended.then((it) => (end = it));
    await time.until(() => end !== undefined, 'the link is over', 60_000);
    expect(end).toMatchObject({ code: 'set-too-large', by: 'us' });
    first.cut();
    const second = connect(a, b);
    await time.until(() => a.memory.ids().length === 100, 'a has all', 60_000);
    expect(second.a.stats.recordsFetched).toBe(10);
    second.cut();
  });
});

describe('a peer holds up nobody’s link but its own', () => {
  async function meetsAnother(answers: Answers, greeting: object = hello, options: ArchiveOptions = {}) {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time, options), new TestArchive('b', time)];
    await b.publishMany(300);
    const impostor = pretendTo(a, answers, greeting);
    await time.pass(1_000);
    const connection = connect(a, b);
    await time.until(() => connection.a.stats.stage === 'live', 'a has met b', 180_000);
    expect(haveTheSame(a, b)).toBe(true);
    return { time, impostor, connection };
  }

  it.each(['start', 'page', 'compare'])(
    'by saying "later" to every %s of a first meeting',
    async (question) => {
      const answers: Answers = {
        start: () => ({ last: 9, count: 9 }),
        page: () => ({ records: [], upTo: 9, last: 9 }),
        [question]: laterTo,
      };
      const { impostor, connection } = await meetsAnother(answers);
      expect(impostor.closed).toEqual([]);
      impostor.link.close();
      connection.cut();
    },
  );

  it('by a scope of which there is too much to be compared', async () => {
    const greeting = { ...hello, scope: { topics: ['kelp'] } };
    const { impostor, connection } = await meetsAnother(withSnapshot, greeting, withLargeTopics);
    // Its own link goes on with the news.
    expect(impostor.closed).toEqual([]);
    expect(impostor.link.stats.stage).toBe('live');
    impostor.link.close();
    connection.cut();
  });

  it('and is not left for saying that there is too much to be compared', async () => {
    const answers: Answers = {
      ...withSnapshot,
      compare: ({ n }) => JSON.stringify({ op: 'error', n, code: 'set-too-large', detail: 'Too much.' }),
    };
    const { impostor, connection } = await meetsAnother(answers);
    expect(impostor.closed).toEqual([]);
    expect(impostor.link.stats.stage).toBe('live');
    impostor.link.close();
    connection.cut();
  });
});
