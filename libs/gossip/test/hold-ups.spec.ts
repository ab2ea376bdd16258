import { describe, expect, it } from '@jest/globals';
import { HoldfastError } from '@holdfast/protocol';
import { hello, pretendTo, type Answers } from './impostor.js';
import { VirtualTime } from './virtual-time.js';
import { connect, haveTheSame, TestArchive, type ArchiveOptions } from './world.js';

const laterTo: Answers[string] = ({ n }) =>
  JSON.stringify({ op: 'error', n, code: 'overloaded', detail: 'Later.' });

/** Everything of a scope with topics is too much for it to compare. */
const withLargeTopics: ArchiveOptions = {
  around: (records) =>
    new Proxy(records, {
      get: (target, name) => {
        if (name === 'openSet') {
          return (scopes: readonly { topics?: unknown }[]) =>
            scopes.some(({ topics }) => topics !== undefined)
              ? Promise.reject(new HoldfastError('set-too-large', 'Too many records are in this scope.'))
              : target.openSet(scopes as never);
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    }),
};

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
    const { impostor, connection } = await meetsAnother({}, greeting, withLargeTopics);
    // Its own link goes on with the news.
    expect(impostor.closed).toEqual([]);
    expect(impostor.link.stats.stage).toBe('live');
    impostor.link.close();
    connection.cut();
  });

  it('and is not left for saying that there is too much to be compared', async () => {
    const answers: Answers = {
      compare: ({ n }) => JSON.stringify({ op: 'error', n, code: 'set-too-large', detail: 'Too much.' }),
    };
    const { impostor, connection } = await meetsAnother(answers);
    expect(impostor.closed).toEqual([]);
    expect(impostor.link.stats.stage).toBe('live');
    impostor.link.close();
    connection.cut();
  });
});
