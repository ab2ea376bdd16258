/** What every `RecordStore` keeps true (spec/gossip.md, "The set"). */
import type { HoldfastRecord, Scope } from '@holdfast/protocol';
import { gossipLimits } from '../limits.js';
import type { AgreedScope, RecordStore } from '../ports.js';
import { ContractAuthor } from './authors.js';
import { codeOf, equal, holds, type ContractCase } from './case.js';
import {
  idsOf,
  textsOf,
  lengthOf,
  take,
  takeTexts,
  idsIn,
  setOf,
  setInOrder,
  compareBytes,
} from './looking.js';

export interface RecordStoreUnderTest {
  /** A new and empty store of an archive with this scope. */
  open(scope?: Scope): Promise<{ readonly store: RecordStore; close(): Promise<void> }>;
  /** NumericDate by the store's clock. */
  now(): number;
}

interface Given {
  readonly store: RecordStore;
  readonly alice: ContractAuthor;
  readonly bob: ContractAuthor;
  readonly now: number;
}

export const recordStoreContract: readonly ContractCase<RecordStoreUnderTest>[] = [
  given('answers an empty log with nothing', async ({ store }) => {
    equal(await store.lastSeq(), 0);
    equal(await store.count([{}]), 0);
    equal(await store.newsAfter(0, [{}]), { ids: [], upTo: 0, ageSeconds: 0, last: 0 });
    equal(await store.pageAfter(0, [{}]), { records: [], upTo: 0, last: 0 });
    equal(await setOf(store), []);
  }),
  given('names what was stored, in that order, and nothing twice', async ({ store, alice, bob }) => {
    const first = [...(await alice.signMany(3)), await bob.sign()];
    equal(await take(store, first), ['stored', 'stored', 'stored', 'stored']);
    const news = await store.newsAfter(0, [{}]);
    equal(news.ids, idsOf(first));
    equal(news.upTo, news.last);
    equal(news.last, await store.lastSeq());
    equal(news.ageSeconds, 0);
    const second = await alice.signMany(2);
    await take(store, second);
    equal((await store.newsAfter(news.upTo, [{}])).ids, idsOf(second));
  }),
  given('names a bounded number at a time, and tells how far it has looked', async ({ store, alice }) => {
    const records = await alice.signMany(gossipLimits.newsIdsMax + 10);
    await take(store, records);
    const news = await store.newsAfter(0, [{}]);
    equal(news.ids, idsOf(records.slice(0, gossipLimits.newsIdsMax)));
    holds(news.upTo < news.last, 'there is more to come');
    holds(news.ageSeconds >= 0, 'the age is a time');
    equal((await store.newsAfter(news.upTo, [{}])).ids, idsOf(records.slice(gossipLimits.newsIdsMax)));
  }),
  given('refuses a cursor that it never handed out', async ({ store, alice }) => {
    await take(store, await alice.signMany(1));
    const beyond = (await store.lastSeq()) + 1;
    equal(await codeOf(store.newsAfter(beyond, [{}])), 'cursor-invalid');
    equal(await codeOf(store.pageAfter(beyond, [{}])), 'cursor-invalid');
  }),
  given('hands out everything by pages of bounded size', async ({ store, alice }) => {
    const large = 'x'.repeat(45_000);
    const records = await alice.signMany(30, { body: large });
    const others = await alice.signMany(5);
    const [odd] = [await alice.sign({ body: `${large}!` })];
    await take(store, [...records, ...others, odd]);
    // Records of the same content are one record.
    const distinct = new Set([...records, ...others, odd].map(({ jws }) => jws));
    const found: string[] = [];
    for (let after = 0; ;) {
      const page = await store.pageAfter(after, [{}]);
      holds(lengthOf(page.records) <= gossipLimits.pageBytesMax, 'a page is not too large');
      found.push(...page.records);
      if (page.upTo >= page.last) break;
      holds(page.upTo > after, 'a page leads on');
      after = page.upTo;
    }
    equal(found, [...distinct]);
  }),
  given('says what it took in, what it knew and what it refused, in the order given', async (given) => {
    const { store, alice, now } = given;
    const [known, fresh] = await alice.signMany(2);
    await take(store, [known!]);
    const future = await alice.sign({ iat: now + 3_600 }, now + 3_600);
    const forged = `${fresh!.jws.slice(0, fresh!.jws.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    const outcomes = await takeTexts(store, [
      known!.jws,
      forged,
      fresh!.jws,
      'no record',
      future.jws,
      fresh!.jws,
    ]);
    const [, broken] = outcomes;
    holds(broken !== 'stored', 'a forged record is refused');
    equal(
      [...outcomes.slice(0, 1), ...outcomes.slice(2)],
      ['known', 'stored', 'record-malformed', 'record-from-future', 'known'],
    );
    equal(await idsIn(store), idsOf([known!, fresh!]));
  }),
  given('refuses a record that another key has signed', async ({ store, alice, bob }) => {
    const [hers, his] = [await alice.sign(), await bob.sign()];
    const forged = hers.jws.slice(0, hers.jws.lastIndexOf('.')) + his.jws.slice(his.jws.lastIndexOf('.'));
    equal(await takeTexts(store, [forged]), ['record-signature-invalid']);
    equal(await idsIn(store), []);
  }),
  given('takes in what has expired, and goes on handing it out', async ({ store, alice }) => {
    const expired = await alice.signExpired();
    equal(await take(store, [expired]), ['stored']);
    equal(await idsIn(store), [expired.id]);
    equal(await store.recordsOf([expired.id]), { records: [expired.jws], gone: [] });
    equal((await store.pageAfter(0, [{}])).records, [expired.jws]);
    equal(await setOf(store), [expired.id]);
  }),
  given('knows what is missing, in the order asked', async ({ store, alice }) => {
    const [a, b, c] = await alice.signMany(3);
    await take(store, [b!]);
    equal(await store.missing(idsOf([c!, b!, a!])), idsOf([c!, a!]));
    equal(await store.missing([]), []);
  }),
  given('answers bodies in the order asked, as many as fit, and what is gone', async ({ store, alice }) => {
    const records = await Promise.all(
      Array.from({ length: 30 }, (_, i) => alice.sign({ body: 'y'.repeat(45_000 + i) })),
    );
    const unknown = await alice.sign();
    await take(store, records);
    const { records: found, gone } = await store.recordsOf([...idsOf(records), unknown.id]);
    holds(lengthOf(found) <= gossipLimits.answerBytesMax, 'the answer is not too large');
    holds(found.length > 10, 'as many as fit');
    equal(found, textsOf(records).slice(0, found.length));
    holds(
      gone.every((id) => id === unknown.id),
      'what does not fit is not gone',
    );
    equal((await store.recordsOf([unknown.id])).gone, [unknown.id]);
  }),
  given('leaves a retracted record out of everything, and never misses it', async ({ store, alice }) => {
    const [kept, target] = await alice.signMany(2);
    await take(store, [kept!, target!]);
    const retraction = await alice.retract(target!);
    equal(await take(store, [retraction]), ['stored']);
    equal(await idsIn(store), idsOf([kept!, retraction]));
    equal((await store.pageAfter(0, [{}])).records, textsOf([kept!, retraction]));
    equal(await store.recordsOf([target!.id]), { records: [], gone: [target!.id] });
    equal(await store.missing([target!.id]), []);
    equal(await setOf(store), idsOf([kept!, retraction]).sort());
    equal(await take(store, [target!]), ['retracted']);
  }),
  given('keeps out what comes after its retraction', async ({ store, alice }) => {
    const target = await alice.sign();
    const retraction = await alice.retract(target);
    await take(store, [retraction]);
    equal(await store.missing([target.id]), [target.id]);
    equal(await take(store, [target]), ['retracted']);
    equal(await store.missing([target.id]), []);
    equal(await idsIn(store), [retraction.id]);
    equal(await setOf(store), [retraction.id]);
  }),
  given('takes both at once in whatever order', async ({ store, alice }) => {
    const [one, two] = await alice.signMany(2);
    const retraction = await alice.retract(one!, two!);
    await take(store, [one!, retraction, two!]);
    equal(await idsIn(store), [retraction.id]);
    equal(await setOf(store), [retraction.id]);
  }),
  given('lets nobody take back what somebody else has written, nor a retraction', async (given) => {
    const { store, alice, bob } = given;
    const target = await alice.sign();
    const foreign = await bob.retract(target);
    const own = await bob.retract(foreign);
    await take(store, [target, foreign, own]);
    equal(await idsIn(store), idsOf([target, foreign, own]));
    equal(await setOf(store), idsOf([target, foreign, own]).sort());
  }),
  given('subtracts what is retracted twice once', async ({ store, alice }) => {
    const target = await alice.sign();
    const [first, second] = [await alice.retract(target), await alice.retract(target)];
    await take(store, [target]);
    equal(await setOf(store), [target.id]);
    await take(store, [first]);
    equal(await setOf(store), [first.id]);
    await take(store, [second]);
    equal(await setOf(store), idsOf([first, second]).sort());
  }),
  given('keeps the older revisions of a key in the set', async ({ store, alice, now }) => {
    const older = await alice.sign({ key: 'k', iat: now - 10 });
    const newer = await alice.sign({ key: 'k', iat: now - 5 });
    await take(store, [newer, older]);
    equal(await setInOrder(store, [{}]), idsOf([older, newer]));
  }),
  given('orders the set by time, then id', async ({ store, alice, now }) => {
    const records: HoldfastRecord[] = [];
    for (let i = 0; i < 40; i++) records.push(await alice.sign({ iat: now - (i % 3) }));
    await take(store, records);
    const sorted = [...records].sort((a, b) => a.iat - b.iat || compareBytes(a.id, b.id));
    equal(await setInOrder(store, [{}]), idsOf(sorted));
    const set = await store.openSet([{}]);
    equal(set.size, 40);
    equal(await set.run(({ size }) => size), 40);
    set.close();
  }),
  given('answers, in an agreed scope, what every scope holds', async ({ store, alice, bob, now }) => {
    const records = [
      await alice.sign({ topics: ['kelp'] }),
      await alice.sign({ topics: ['crab'] }),
      await bob.sign({ topics: ['kelp'] }),
      await alice.sign({ collection: 'photos', topics: ['kelp'] }),
      await alice.sign({ topics: ['kelp'], iat: now - 100 }),
      await alice.sign({ collection: 'profile' }),
      await bob.sign(),
    ];
    await take(store, records);
    const scope: AgreedScope = [
      { authors: [alice.id], since: now - 10 },
      { collections: ['notes'], topics: ['kelp', 'eel'] },
    ];
    const meant = [records[0]!, records[5]!];
    const news = await store.newsAfter(0, scope);
    equal(news.ids, idsOf(meant));
    equal(news.upTo, await store.lastSeq());
    equal((await store.pageAfter(0, scope)).records, textsOf(meant));
    equal(await setOf(store, scope), idsOf(meant).sort());
    equal(
      await setOf(store, [{ since: now - 10 }]),
      idsOf(records.filter(({ iat }) => iat >= now - 10)).sort(),
    );
  }),
  given('counts what a scope holds', async ({ store, alice, bob }) => {
    await take(store, [...(await alice.signMany(5)), ...(await bob.signMany(2))]);
    equal(await store.count([{}]), 7);
    equal(await store.count([{ authors: [bob.id] }]), 2);
  }),
  given('wakes who waits for the log to grow', async ({ store, alice }) => {
    const never = new AbortController();
    const woken = store.beyond(0, never.signal);
    await take(store, await alice.signMany(1));
    await woken;
    await store.beyond(0, never.signal);
    const given = new AbortController();
    const waiting = store.beyond(await store.lastSeq(), given.signal);
    given.abort();
    await waiting;
    await store.beyond(await store.lastSeq(), given.signal);
  }),
  {
    name: 'refuses what its own scope does not hold',
    run: async (subject) => {
      const [alice, bob] = [
        await ContractAuthor.make(subject.now()),
        await ContractAuthor.make(subject.now()),
      ];
      const { store, close } = await subject.open({ authors: [alice.id] });
      try {
        const [hers, his] = [await alice.sign(), await bob.sign()];
        equal(await take(store, [his, hers]), ['record-out-of-scope', 'stored']);
        equal(await idsIn(store), [hers.id]);
      } finally {
        await close();
      }
    },
  },
];

function given(name: string, test: (given: Given) => Promise<void>): ContractCase<RecordStoreUnderTest> {
  return {
    name,
    run: async (subject) => {
      const now = subject.now();
      const [alice, bob] = [await ContractAuthor.make(now), await ContractAuthor.make(now)];
      const { store, close } = await subject.open();
      try {
        await test({ store, alice, bob, now });
      } finally {
        await close();
      }
    },
  };
}
