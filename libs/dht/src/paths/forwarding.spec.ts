import { describe, expect, it } from '@jest/globals';
import { chance, keyOf } from '../../test/part-world.js';
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import { Forwarding } from './forwarding.js';
import type { ForwardPacket, GonePacket } from './packet.js';

const [alice, bob, carol, dave, eve] = [1, 2, 3, 4, 5].map(keyOf) as [Key, Key, Key, Key, Key];
const frame = Uint8Array.of(1, 2, 3);
const forward = (path: readonly Key[], route: readonly Key[] = []): ForwardPacket => ({
  kind: 'forward',
  path,
  route,
  frame,
});
const linkedTo = (self: Key, ...links: readonly Key[]): Forwarding =>
  new Forwarding(self, (id) => links.some((link) => link.equals(id)));

describe('forwarding', () => {
  it('hands a frame on to the next one, with where it has been', () => {
    const outcome = linkedTo(bob, alice, carol).received(alice, forward([carol, dave]), 0);
    expect(outcome).toEqual({ do: 'send', to: carol, packet: forward([dave], [alice]) });
    const last = linkedTo(carol, bob, dave).received(bob, forward([dave], [alice]), 0);
    expect(last).toEqual({ do: 'send', to: dave, packet: forward([], [alice, bob]) });
  });

  it('takes in what has arrived, with the whole way that it came', () => {
    const outcome = linkedTo(dave, carol).received(carol, forward([], [alice, bob]), 0);
    expect(outcome).toEqual({ do: 'arrived', route: [alice, bob, carol], frame });
  });

  it('says back along the way who is gone, and the word arrives at the sender', () => {
    const outcome = linkedTo(carol, bob).received(bob, forward([dave], [alice]), 0);
    const gone: GonePacket = { kind: 'gone', id: dave, by: carol, path: [alice] };
    expect(outcome).toEqual({ do: 'send', to: bob, packet: gone });
    const back = linkedTo(bob, alice, carol).received(carol, gone, 0);
    expect(back).toEqual({ do: 'send', to: alice, packet: { ...gone, path: [] } });
    const word = linkedTo(alice, bob).received(bob, { ...gone, path: [] }, 0);
    expect(word).toEqual({ do: 'gone', id: dave, by: carol });
  });

  it('goes nowhere twice: not to itself, not back, not in a circle', () => {
    const forwarding = linkedTo(bob, alice, carol, dave);
    const circles = [
      forward([bob]),
      forward([alice]),
      forward([carol, carol]),
      forward([carol], [carol]),
      forward([], [alice]),
    ];
    for (const packet of circles)
      expect(forwarding.received(alice, packet, 0)).toEqual({ do: 'drop', why: 'circle' });
    const gone: GonePacket = { kind: 'gone', id: dave, by: carol, path: [alice] };
    expect(forwarding.received(alice, gone, 0)).toEqual({ do: 'drop', why: 'circle' });
  });

  it('goes over no more links than it may, however its sender splits the way', () => {
    const forwarding = linkedTo(bob, alice, carol);
    const { hopsMax } = dhtLimits;
    for (let before = 0; before <= hopsMax; before++) {
      const route = Array.from({ length: before }, (_, at) => keyOf(100 + at));
      for (let after = 0; after <= hopsMax; after++) {
        const path = Array.from({ length: after }, (_, at) => (at === 0 ? carol : keyOf(200 + at)));
        const outcome = forwarding.received(
          alice,
          forward(path, route),
          60_000 * (before * (hopsMax + 1) + after),
        );
        expect(outcome.do === 'drop').toBe(before + 1 + after > hopsMax);
      }
    }
    const farther = [carol, ...Array.from({ length: hopsMax - 2 }, (_, at) => keyOf(8 + at))];
    const gone: GonePacket = { kind: 'gone', id: dave, by: carol, path: farther };
    expect(forwarding.received(alice, gone, 0)).toEqual({ do: 'drop', why: 'too-long' });
  });

  it('lets word of somebody gone go only over its own links', () => {
    const gone: GonePacket = { kind: 'gone', id: dave, by: carol, path: [eve] };
    expect(linkedTo(bob, alice).received(alice, gone, 0)).toEqual({ do: 'drop', why: 'no-link' });
  });

  it('forwards a bounded number of frames, of which no link gets all', () => {
    const forwarding = linkedTo(bob, alice, carol, dave);
    const sent = (from: Key, nowMs: number): number =>
      Array.from({ length: 1_000 }, () => forwarding.received(from, forward([dave]), nowMs)).filter(
        (outcome) => outcome.do === 'send',
      ).length;
    expect(sent(alice, 0)).toBe(dhtLimits.forwardsBurstMax * dhtLimits.forwardShareMax);
    expect(sent(carol, 0)).toBe(dhtLimits.forwardsBurstMax * dhtLimits.forwardShareMax);
    expect(sent(eve, 0)).toBe(0);
    expect(sent(alice, 1_000)).toBe(dhtLimits.forwardsPerSecondMax * dhtLimits.forwardShareMax);
  });

  it('forwards a bounded number of bytes, and has room for the largest frame', () => {
    const forwarding = linkedTo(bob, alice, carol);
    const large = { ...forward([carol]), frame: new Uint8Array(dhtLimits.frameBytesMax) };
    let bytes = 0;
    for (let i = 0; i < 100; i++) {
      if (forwarding.received(alice, large, 0).do === 'send') bytes += large.frame.length;
    }
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(dhtLimits.forwardBytesBurstMax * dhtLimits.forwardShareMax);
  });

  it('answers frames that lead nowhere no more often than it forwards', () => {
    const forwarding = linkedTo(bob, alice);
    const outcomes = Array.from({ length: 1_000 }, () => forwarding.received(alice, forward([eve]), 0));
    const answered = outcomes.filter((outcome) => outcome.do === 'send').length;
    expect(answered).toBe(dhtLimits.forwardsBurstMax * dhtLimits.forwardShareMax);
  });

  it('ends, whatever packet is let loose among nodes that are all linked', () => {
    const random = chance(3);
    const ids = Array.from({ length: 6 }, (_, at) => keyOf(at + 1));
    const some = (): Key[] =>
      Array.from({ length: Math.floor(random() * 5) }, () => ids[Math.floor(random() * ids.length)]!);
    for (let run = 0; run < 500; run++) {
      const nodes = new Map(ids.map((id) => [id.text, linkedTo(id, ...ids)]));
      let from = ids[0]!;
      let to = ids[1]!;
      let packet: ForwardPacket | GonePacket =
        random() < 0.5 ? forward(some(), some()) : { kind: 'gone', id: eve, by: dave, path: some() };
      let steps = 0;
      for (;;) {
        const outcome = nodes.get(to.text)!.received(from, packet, 0);
        if (outcome.do !== 'send') break;
        [from, to, packet] = [to, outcome.to, outcome.packet];
        expect(++steps).toBeLessThan(2 * dhtLimits.hopsMax);
      }
    }
  });
});
