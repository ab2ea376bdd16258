import { describe, expect, it } from '@jest/globals';
import { dhtSettings, Key, type Contact, type Message } from '@holdfast/dht';
import { idOf } from '../../../test/coast.js';
import { StandingClock } from '../../../test/standing-clock.js';
import { overlayLimits } from '../limits.js';
import { causeOf, RelayOutlet, type Cause } from './relay-outlet.js';

const { relayBurstSeconds, relayFloodsBurstSeconds, relayWaitingMax, relayWaitingBytesMax, relayWaitMaxMs } =
  overlayLimits;
const contact: Contact = { id: new Key(new Uint8Array(32).fill(1)), archive: idOf(2) };
const wide = { framesPerSecond: 1_000, bytesPerSecond: 100_000_000, floodsPerMinute: 60_000 };
const tenFrames = { ...wide, framesPerSecond: 10 };
const nothingUnsent = { own: 0, answers: 0, upkeep: 0 };

function outlet(budget: typeof wide) {
  const clock = new StandingClock();
  const relayed: number[] = [];
  const archive = { isThere: true };
  const relay = (_: Contact, frame: Uint8Array): boolean => {
    if (archive.isThere) relayed.push(frame[0]!);
    return archive.isThere;
  };
  const one = new RelayOutlet({ clock, relay }, budget);
  const send = (name: number, cause: Cause = 'own', sizeBytes = 200, isFlood = false): void =>
    one.send(contact, new Uint8Array(sizeBytes).fill(name).fill(Number(isFlood), 1, 2), cause);
  const sendMany = (count: number, name: number, cause?: Cause, isFlood = false): void => {
    for (let i = 0; i < count; i++) send(name, cause, 200, isFlood);
  };
  return { archive, clock, relayed, one, send, sendMany };
}

const countOf = (list: readonly number[], name: number): number => list.filter((one) => one === name).length;

describe('what a client gives its archive to relay', () => {
  it('goes at once as long as the archive carries it, in its order', () => {
    const { relayed, send, clock } = outlet(wide);
    for (const name of [1, 2, 3]) send(name, name === 2 ? 'upkeep' : 'own');
    expect(relayed).toEqual([1, 2, 3]);
    expect(clock.waiting).toBe(0);
  });

  it('is a burst, and then as many frames as the archive carries', () => {
    const { relayed, sendMany, clock, one } = outlet(tenFrames);
    const burst = 10 * relayBurstSeconds;
    sendMany(burst + 15, 1);
    expect(relayed).toHaveLength(burst);
    clock.pass(100);
    expect(relayed).toHaveLength(burst + 1);
    clock.pass(1_000);
    expect(relayed).toHaveLength(burst + 11);
    clock.pass(400);
    expect(relayed).toHaveLength(burst + 15);
    expect(one.unsent).toEqual(nothingUnsent);
    expect(clock.waiting).toBe(0);
  });

  it('has no more bytes than the archive carries', () => {
    const { relayed, send, clock } = outlet({ ...wide, bytesPerSecond: 100_000 });
    for (let i = 0; i < relayBurstSeconds; i++) send(1, 'own', 100_000);
    expect(relayed).toHaveLength(relayBurstSeconds);
    send(2, 'own', 50_000);
    clock.pass(499);
    expect(relayed).not.toContain(2);
    clock.pass(1);
    expect(relayed).toContain(2);
  });

  it('can be the longest frame, however few bytes the archive carries', () => {
    const { relayed, send } = outlet({ ...wide, bytesPerSecond: 1_000 });
    send(1, 'own', 164_117);
    expect(relayed).toEqual([1]);
  });

  it('follows the budget of a new join', () => {
    const { relayed, sendMany, clock, one } = outlet(wide);
    one.joined(tenFrames);
    sendMany(10 * relayBurstSeconds + 5, 1);
    expect(relayed).toHaveLength(10 * relayBurstSeconds);
    one.joined(wide);
    clock.pass(100);
    expect(relayed).toHaveLength(10 * relayBurstSeconds + 5);
  });

  it('is no more because it joins again', () => {
    const { relayed, sendMany, clock, one } = outlet(tenFrames);
    const burst = 10 * relayBurstSeconds;
    sendMany(burst + 5, 1);
    one.joined({ ...tenFrames });
    sendMany(5, 1);
    expect(relayed).toHaveLength(burst);
    clock.pass(100);
    expect(relayed).toHaveLength(burst + 1);
  });

  it.each(['framesPerSecond', 'bytesPerSecond', 'floodsPerMinute'] as const)(
    'is counted anew when the archive has other %s',
    (rate) => {
      const { relayed, sendMany, one } = outlet(tenFrames);
      const burst = 10 * relayBurstSeconds;
      sendMany(burst, 1);
      one.joined({ ...tenFrames, [rate]: tenFrames[rate] * 2 });
      sendMany(1, 2);
      expect(relayed).toHaveLength(burst + 1);
    },
  );

  it('does not come to a halt when the clock is set back', () => {
    const { relayed, sendMany, clock } = outlet(tenFrames);
    sendMany(10 * relayBurstSeconds, 0);
    clock.setBack(3_600_000);
    sendMany(1, 1);
    clock.pass(relayWaitMaxMs);
    sendMany(1, 2);
    clock.pass(3_600_000);
    sendMany(1, 3);
    expect(relayed).toContain(3);
    expect(clock.waiting).toBe(0);
  });

  it('is dropped and counted when there is no archive any more', () => {
    const { archive, sendMany, clock, one } = outlet(tenFrames);
    sendMany(10 * relayBurstSeconds + 1, 1);
    archive.isThere = false;
    clock.pass(100);
    expect(one.unsent).toEqual({ ...nothingUnsent, own: 1 });
  });

  it('waits no longer when the node has ended', () => {
    const { relayed, sendMany, clock, one } = outlet(tenFrames);
    sendMany(10 * relayBurstSeconds + 5, 1);
    one.end();
    expect(clock.waiting).toBe(0);
    clock.pass(5_000);
    expect(relayed).toHaveLength(10 * relayBurstSeconds);
  });
});

describe('over its budget', () => {
  /** With nothing left, so that what is sent from now on waits. */
  function spent(budget = tenFrames) {
    const all = outlet(budget);
    all.sendMany(budget.framesPerSecond * relayBurstSeconds, 0);
    all.relayed.length = 0;
    return all;
  }

  it('a client’s own requests are not kept waiting by its answers to others, however many', () => {
    const { relayed, sendMany, clock } = spent();
    sendMany(relayWaitingMax, 1, 'answers');
    sendMany(5, 2, 'own');
    clock.pass(1_000);
    expect(countOf(relayed, 2)).toBe(5);
    expect(countOf(relayed, 1)).toBe(5);
  });

  it('its answers are not kept waiting by its own requests', () => {
    const { relayed, sendMany, clock } = spent();
    sendMany(relayWaitingMax, 1, 'own');
    sendMany(5, 2, 'answers');
    clock.pass(1_000);
    expect(countOf(relayed, 2)).toBe(5);
  });

  it('the care of the store has every fifth turn, and all that nobody else wants', () => {
    const { relayed, sendMany, clock } = spent();
    sendMany(relayWaitingMax, 1, 'own');
    sendMany(relayWaitingMax, 2, 'answers');
    sendMany(relayWaitingMax, 3, 'upkeep');
    clock.pass(1_000);
    expect([1, 2, 3].map((name) => countOf(relayed, name))).toEqual([4, 4, 2]);
    const quiet = spent();
    quiet.sendMany(10, 3, 'upkeep');
    quiet.clock.pass(1_000);
    expect(countOf(quiet.relayed, 3)).toBe(10);
  });

  it('only so many frames wait for each cause; the oldest are dropped and counted', () => {
    const { relayed, send, clock, one } = spent();
    for (let name = 1; name <= relayWaitingMax + 3; name++) send(name, 'answers');
    expect(one.unsent).toEqual({ ...nothingUnsent, answers: 3 });
    clock.pass(100);
    expect(relayed).toEqual([4]);
  });

  it('only so many bytes wait for each cause, but one frame always', () => {
    const { send, one } = spent();
    const half = relayWaitingBytesMax / 2;
    for (const name of [1, 2, 3]) send(name, 'upkeep', half);
    expect(one.unsent).toEqual({ ...nothingUnsent, upkeep: 1 });
    send(4, 'own', relayWaitingBytesMax + 1);
    expect(one.unsent.own).toBe(0);
  });

  it('what nobody waits for any more is dropped and counted', () => {
    const { relayed, sendMany, clock, one } = spent();
    sendMany(relayWaitingMax, 1, 'own');
    clock.pass(relayWaitMaxMs);
    expect(one.unsent.own).toBe(relayWaitingMax - relayed.length);
    expect(relayed.length).toBeGreaterThan(0);
    expect(clock.waiting).toBe(0);
  });

  it('a client of an archive that carries nothing waits for nothing', () => {
    const { relayed, sendMany, clock, one } = outlet({
      framesPerSecond: 0,
      bytesPerSecond: 0,
      floodsPerMinute: 0,
    });
    sendMany(3, 1);
    clock.pass(relayWaitMaxMs);
    expect(relayed).toEqual([1]);
    expect(one.unsent.own).toBe(2);
    expect(clock.waiting).toBe(0);
  });

  it('floods of others are dropped before they leave nothing for its own', () => {
    const floodsPerMinute = 120;
    const { relayed, sendMany, one } = outlet({ ...wide, floodsPerMinute });
    const burst = (floodsPerMinute / 60) * relayFloodsBurstSeconds;
    sendMany(burst, 1, 'answers', true);
    const kept = Math.ceil(burst * overlayLimits.relayFloodsKeptShare);
    expect(relayed).toHaveLength(burst - kept);
    expect(one.unsent).toEqual({ ...nothingUnsent, answers: kept });
    sendMany(burst, 2, 'own', true);
    expect(countOf(relayed, 2)).toBe(kept);
    sendMany(1, 3);
    expect(relayed).toContain(3);
  });
});

describe('what a message is for', () => {
  const place = { kind: 'record', key: contact.id } as const;
  const n = 1;
  const flood = { kind: 'flood', n, flood: contact.id, question: { place }, budget: 9 } as const;
  const store = { kind: 'store', n, place, ring: 0, items: [], cached: false } as const;
  const causes: [string, Message, Cause][] = [
    ['a search', { kind: 'find', n, target: contact.id }, 'own'],
    ['a delivery', { kind: 'deliver', n, purpose: 'crate', bytes: new Uint8Array() }, 'own'],
    ['a flood of one’s own', { ...flood, depth: dhtSettings.floodDepth - 1 }, 'own'],
    ['a flood that is passed on', { ...flood, depth: dhtSettings.floodDepth - 2 }, 'answers'],
    ['an answer', { kind: 'found', n, contacts: [], items: [] }, 'answers'],
    ['a store of what is new', store, 'own'],
    ['a copy that is handed on', { ...store, leftSeconds: 60 }, 'upkeep'],
    ['a comparison of what is held', { kind: 'digest', n, hash: contact.id, count: 0 }, 'upkeep'],
  ];

  it.each(causes)('%s', (_, message, cause) => {
    expect(causeOf(message)).toBe(cause);
  });
});
