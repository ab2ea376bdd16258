import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StatusName } from './message-status.js';
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
