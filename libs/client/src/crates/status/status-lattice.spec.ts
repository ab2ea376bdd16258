import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { memoryStorage } from '../../index.js';
import { isDurable } from '../sending/holders.js';
import type { StatusName } from './message-status.js';
import { combine, SentStore, type CrateKnowledge, type SentCrate } from '../sending/sent-store.js';
import {
  atStart,
  hasReached,
  isSettled,
  join,
  messageStatus,
  rankOf,
  shown,
  type Standing,
} from './status-lattice.js';

const standing: fc.Arbitrary<Standing> = fc.record(
  {
    progress: fc.constantFrom('local', 'accepted', 'durable', 'delivered'),
    end: fc.constantFrom('expired', 'recalled', 'discarded'),
  },
  { requiredKeys: ['progress'] },
);

describe('what is known of a crate', () => {
  it('is the same whatever order the news arrives in, and however often', () => {
    fc.assert(
      fc.property(standing, standing, standing, (a, b, c) => {
        expect(join(a, b)).toEqual(join(b, a));
        expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
        expect(join(a, a)).toEqual(a);
        expect(join(atStart, a)).toEqual(a);
      }),
    );
  });

  it('is shown by a status that never goes back', () => {
    fc.assert(
      fc.property(fc.array(standing), (news) => {
        let known = atStart;
        let rank = rankOf(shown(known));
        for (const one of news) {
          known = join(known, one);
          expect(rankOf(shown(known))).toBeGreaterThanOrEqual(rank);
          rank = rankOf(shown(known));
        }
      }),
    );
  });

  it('is delivered once a receipt was seen, whatever else is said', () => {
    fc.assert(
      fc.property(standing, (other) => {
        expect(shown(join({ progress: 'delivered' }, other))).toBe('delivered');
      }),
    );
  });

  it('is settled when delivered or ended, and not before', () => {
    expect((['local', 'accepted', 'durable'] as const).map((progress) => isSettled({ progress }))).toEqual([
      false,
      false,
      false,
    ]);
    expect(isSettled({ progress: 'delivered' })).toBe(true);
    for (const end of ['expired', 'recalled', 'discarded'] as const) {
      expect(isSettled({ progress: 'accepted', end })).toBe(true);
    }
  });
});

describe('the status of a message', () => {
  const crate = fc.record({
    to: fc.constantFrom('alice', 'bob'),
    status: fc.constantFrom<StatusName[]>(
      'local',
      'accepted',
      'durable',
      'expired',
      'recalled',
      'discarded',
      'delivered',
    ),
  });

  it('counts the furthest mailbox of the recipient who is furthest behind', () => {
    const [alice, bob] = ['alice', 'bob'];
    expect(messageStatus([{ to: alice, status: 'delivered' }])).toBe('delivered');
    expect(
      messageStatus([
        { to: alice, status: 'accepted' },
        { to: alice, status: 'delivered' },
      ]),
    ).toBe('delivered');
    expect(
      messageStatus([
        { to: alice, status: 'delivered' },
        { to: bob, status: 'local' },
      ]),
    ).toBe('local');
    expect(
      messageStatus([
        { to: alice, status: 'delivered' },
        { to: bob, status: 'expired' },
      ]),
    ).toBe('expired');
  });

  it('never goes back when a crate goes forward', () => {
    fc.assert(
      fc.property(fc.array(crate, { minLength: 1 }), fc.nat(), crate, (crates, at, next) => {
        const i = at % crates.length;
        const status = rankOf(next.status) > rankOf(crates[i]!.status) ? next.status : crates[i]!.status;
        const later = crates.with(i, { to: crates[i]!.to, status });
        expect(rankOf(messageStatus(later))).toBeGreaterThanOrEqual(rankOf(messageStatus(crates)));
      }),
    );
  });

  it('has reached what is waited for also when it can come no further', () => {
    expect(hasReached('local', 'accepted')).toBe(false);
    expect(hasReached('accepted', 'accepted')).toBe(true);
    expect(hasReached('accepted', 'delivered')).toBe(false);
    expect(hasReached('durable', 'accepted')).toBe(true);
    for (const end of ['expired', 'recalled', 'discarded', 'delivered'] as const) {
      expect(hasReached(end, 'delivered')).toBe(true);
      expect(hasReached(end, 'durable')).toBe(true);
    }
  });
});

const receipt = fc.record({ url: fc.constantFrom('a', 'b'), iat: fc.nat(3), jws: fc.constantFrom('x', 'y') });
const news: fc.Arbitrary<Partial<CrateKnowledge>> = fc.record(
  {
    progress: fc.constantFrom('accepted', 'delivered'),
    end: fc.constantFrom('expired', 'recalled', 'discarded'),
    places: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('', 'A', 'B')),
    custody: fc.dictionary(fc.constantFrom('A', 'B', 'C'), receipt),
    asked: fc.array(fc.constantFrom('a b', 'b a')),
    recall: fc.constant(true),
  },
  { requiredKeys: [] },
);

describe('everything that is known of a crate', () => {
  it('is the same whatever order the news arrives in, and however often, but for where one archive answers twice', () => {
    fc.assert(
      fc.property(news, news, ({ places: _here, ...one }, { places: _there, ...other }) => {
        const both = combine(combine(atStart, one), other);
        expect(combine(combine(atStart, other), one)).toEqual(both);
        expect(combine(combine(both, one), other)).toEqual(both);
      }),
    );
  });

  it('makes it durable once and for all, though the archives that promised it are not ours any more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(news, fc.nat(3))), async (arrivals) => {
        const store = new SentStore(memoryStorage());
        await store.keep({ id: 'm', sentAt: 0, crates: [sent] }, new Map([[sent.crate, '']]), draft);
        let rank = 0;
        for (const [one, linkCount] of arrivals) {
          const present = links.slice(0, linkCount);
          const known = await store.learn(sent.crate, one, (all) => isDurable(sent, all, present));
          expect(await store.knowledge(sent.crate)).toEqual(known);
          expect(rankOf(shown(known))).toBeGreaterThanOrEqual(rank);
          rank = rankOf(shown(known));
        }
      }),
    );
  });
});

const draft = { text: '', recipients: ['bob'] };
const links = ['A', 'B', 'C'].map((id) => ({
  url: id.toLowerCase(),
  archiveId: id,
  cratesOnly: id === 'C',
  state: { name: 'open' },
}));
const sent: SentCrate = {
  crate: 'crate',
  message: 'm',
  to: 'bob',
  mailbox: '',
  sealedAt: 0,
  expiresAt: 3600,
  sizeBytes: 4096,
  nonce: '',
  ackHash: '',
  recallHash: '',
  recallSecret: '',
  collectedAt: ['c'],
  cardIds: [null],
  copies: 2,
};
