/**
 * What every storage keeps true, as cases without a test framework: the same ones run under Jest and in a page of
 * Chromium. A case throws when the contract is broken.
 */
import { HoldfastError } from '@holdfast/protocol';
import { put, remove, type Storage } from '../src/storage/storage.js';

export interface StorageUnderTest {
  /** Opens the one storage of the case, again and again: what was written by one is there for the next. */
  open(): Promise<Storage>;
  /** Whether what was written outlives `close`. */
  readonly isLasting: boolean;
  /** Whether what the storage keeps outside the process has the text anywhere; missing where nobody can look. */
  keeps?(text: string): Promise<boolean>;
}

export interface StorageCase {
  readonly name: string;
  run(subject: StorageUnderTest): Promise<void>;
}

export const storageContract: readonly StorageCase[] = [
  {
    name: 'answers undefined for a key that was never written',
    run: withStorage(async (storage) => equal(await storage.get('outbox/1'), undefined)),
  },
  {
    name: 'answers what was written last, and undefined after a removal',
    run: withStorage(async (storage) => {
      await storage.write([put('a', '1')]);
      await storage.write([put('a', '2')]);
      equal(await storage.get('a'), '2');
      await storage.write([remove('a')]);
      equal(await storage.get('a'), undefined);
    }),
  },
  {
    name: 'applies the changes of one write in their order',
    run: withStorage(async (storage) => {
      await storage.write([put('a', '1'), put('b', '1'), remove('a'), put('b', '2')]);
      equal(await storage.list(''), [{ key: 'b', value: '2' }]);
    }),
  },
  {
    name: 'takes a write without changes',
    run: withStorage(async (storage) => {
      await storage.write([]);
      equal(await storage.list(''), []);
    }),
  },
  {
    name: 'lists by prefix in the order of UTF-16 code units',
    run: withStorage(async (storage) => {
      const keys = ['x/b', 'x/a', 'x/B', 'x/é', 'x/😀', 'x/', 'y/a', 'x', 'w/z'];
      await storage.write(keys.map((key) => put(key, key)));
      const expected = keys.filter((key) => key.startsWith('x/')).sort();
      equal(
        (await storage.list('x/')).map(({ key }) => key),
        expected,
      );
    }),
  },
  {
    name: 'lists from after a key and no more than the limit',
    run: withStorage(async (storage) => {
      await storage.write(['1', '2', '3', '4'].map((n) => put(`k/${n}`, n)));
      equal(keysOf(await storage.list('k/', { after: 'k/1', limit: 2 })), ['k/2', 'k/3']);
      equal(keysOf(await storage.list('k/', { after: 'k/4' })), []);
      equal(keysOf(await storage.list('k/', { after: 'a' })), ['k/1', 'k/2', 'k/3', 'k/4']);
      equal(keysOf(await storage.list('k/', { after: 'z' })), []);
      equal(keysOf(await storage.list('', { limit: 1 })), ['k/1']);
    }),
  },
  {
    name: 'keeps every text as it is, short and long',
    run: withStorage(async (storage) => {
      const values = ['', '\u0000\n\r"\\', 'ä😀\u2028', '\ud800', 'x'.repeat(300_000), '\n'.repeat(2_000)];
      await storage.write(values.map((value, i) => put(`v/${i}`, value)));
      equal(
        (await storage.list('v/')).map(({ value }) => value),
        values,
      );
      equal(await storage.get('v/4'), values[4]);
    }),
  },
  {
    name: 'updates with nobody in between: a hundred increments at once all count',
    run: withStorage(async (storage) => {
      const increment = () =>
        storage.update(['n'], ([n]) => [put('n', String(n === undefined ? 1 : Number(n) + 1))]);
      await Promise.all(Array.from({ length: 100 }, increment));
      equal(await storage.get('n'), '100');
    }),
  },
  {
    name: 'answers what an update saw, and changes nothing when it decides nothing',
    run: withStorage(async (storage) => {
      await storage.write([put('a', '1')]);
      equal(await storage.update(['a', 'b'], () => []), ['1', undefined]);
      equal(keysOf(await storage.list('')), ['a']);
    }),
  },
  {
    name: 'changes nothing when the decision throws',
    run: withStorage(async (storage) => {
      await storage.write([put('a', '1')]);
      const update = storage.update(['a'], () => {
        throw new Error('undecided');
      });
      equal(await messageOf(update), 'undecided');
      equal(await storage.get('a'), '1');
      await storage.write([put('a', '2')]);
      equal(await storage.get('a'), '2');
    }),
  },
  {
    name: 'destroys what an erasing write replaces or removes, at once and with every older value',
    run: async (subject) => {
      const storage = await subject.open();
      const older = 'secret-older';
      await storage.write([put('key', older), put('other', '1')]);
      const secrets = ['secret-short', `secret-long-${'y'.repeat(10_000)}`];
      for (const secret of secrets) {
        await storage.write([put('key', secret), put('too', secret)]);
        await storage.write([put('key', 'new'), remove('too')], { erase: true });
        equal(await storage.get('key'), 'new');
        equal(await storage.get('too'), undefined);
        if (subject.keeps !== undefined) equal(await subject.keeps('secret-'), false);
      }
      await storage.write([put('key', secrets[0]!)]);
      await storage.update(['key'], ([key]) => (key === secrets[0] ? [remove('key')] : []), { erase: true });
      equal(keysOf(await storage.list('')), ['other']);
      equal(await storage.get('other'), '1');
      if (subject.keeps !== undefined) equal(await subject.keeps('secret-'), false);
      await storage.close();
    },
  },
  {
    name: 'loses nothing that others write while values are erased, and erases nothing that is not to be',
    run: withStorage(async (storage) => {
      const increment = (erase: boolean) =>
        storage.update(['n'], ([n]) => [put('n', String(Number(n ?? 0) + 1))], { erase });
      await Promise.all(Array.from({ length: 30 }, (_, i) => increment(i % 3 === 0)));
      equal(await storage.get('n'), '30');
      await storage.update(['n'], () => [], { erase: true });
      equal(await storage.get('n'), '30');
    }),
  },
  {
    name: 'gives a lock to one holder at a time, in turn',
    run: withStorage(async (storage) => {
      const first = (await storage.lock('door', { wait: false }))!;
      equal(await storage.lock('door', { wait: false }), undefined);
      const waiting = storage.lock('door', { wait: true });
      await first();
      const second = (await waiting)!;
      equal(await storage.lock('door', { wait: false }), undefined);
      await second();
      const third = await storage.lock('door', { wait: false });
      equal(typeof third, 'function');
      await third!();
    }),
  },
  {
    name: 'does not confuse locks of different names, nor shows them among the entries',
    run: withStorage(async (storage) => {
      const one = (await storage.lock('one', { wait: false }))!;
      const two = (await storage.lock('two', { wait: false }))!;
      equal(await storage.list(''), []);
      await one();
      await two();
    }),
  },
  {
    name: 'lets go of a lock once, however often it is let go',
    run: withStorage(async (storage) => {
      const first = (await storage.lock('door', { wait: false }))!;
      await first();
      const second = (await storage.lock('door', { wait: false }))!;
      await first();
      equal(await storage.lock('door', { wait: false }), undefined);
      await second();
    }),
  },
  {
    name: 'gives up waiting for a lock when the signal aborts',
    run: withStorage(async (storage) => {
      const first = (await storage.lock('door', { wait: false }))!;
      const leaving = new AbortController();
      const waiting = storage.lock('door', { wait: true, signal: leaving.signal });
      leaving.abort();
      equal(await codeOf(waiting), 'aborted');
      equal(await codeOf(storage.lock('door', { wait: true, signal: leaving.signal })), 'aborted');
      await first();
      await (await storage.lock('door', { wait: false }))!();
    }),
  },
  {
    name: 'refuses every call after close',
    run: async (subject) => {
      const storage = await subject.open();
      await storage.close();
      equal(await codeOf(storage.get('a')), 'closed');
      equal(await codeOf(storage.list('')), 'closed');
      equal(await codeOf(storage.write([put('a', '1')])), 'closed');
      equal(await codeOf(storage.update(['a'], () => [])), 'closed');
      equal(await codeOf(storage.lock('door', { wait: false })), 'closed');
      await storage.close();
    },
  },
  {
    name: 'has again after opening what was written before closing',
    run: async (subject) => {
      if (!subject.isLasting) return;
      const first = await subject.open();
      await first.write([put('a', '1'), put('long', 'y'.repeat(10_000))]);
      await first.close();
      const second = await subject.open();
      equal(keysOf(await second.list('')), ['a', 'long']);
      equal(await second.get('long'), 'y'.repeat(10_000));
      await second.close();
    },
  },
  {
    name: 'is shared by two that are open at once: each sees what the other has written',
    run: async (subject) => {
      if (!subject.isLasting) return;
      const [one, other] = [await subject.open(), await subject.open()];
      await one.write([put('a', '1')]);
      equal(await other.get('a'), '1');
      await other.write([remove('a'), put('b', '2')]);
      equal(keysOf(await one.list('')), ['b']);
      const increment = (storage: Storage) =>
        storage.update(['n'], ([n]) => [put('n', String(Number(n ?? 0) + 1))]);
      await Promise.all(Array.from({ length: 40 }, (_, i) => increment(i % 2 === 0 ? one : other)));
      equal(await one.get('n'), '40');
      const door = (await one.lock('door', { wait: false }))!;
      equal(await other.lock('door', { wait: false }), undefined);
      await door();
      await (await other.lock('door', { wait: true }))!();
      await one.close();
      await other.close();
    },
  },
];

function withStorage(test: (storage: Storage) => Promise<void>): StorageCase['run'] {
  return async (subject) => {
    const storage = await subject.open();
    try {
      await test(storage);
    } finally {
      await storage.close();
    }
  };
}

const keysOf = (entries: readonly { readonly key: string }[]): string[] => entries.map(({ key }) => key);

function equal(actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual) ?? 'undefined', JSON.stringify(expected) ?? 'undefined'];
  if (a !== e) throw new Error(`expected ${e.slice(0, 200)}, got ${a.slice(0, 200)}`);
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof HoldfastError ? error.code : error),
  );

const messageOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );
