import { describe, expect, it } from '@jest/globals';
import { dhtSettings } from '../src/limits.js';
import type { Question } from '../src/messages/message.js';
import { type Member, Network, randomKey, recordPlaceOf, senderOf } from './network.js';

const minutes = 3;
const { floodsPerMinuteMax, floodBudget } = dhtSettings;
/** What one contact may cause at a node in this time, and what it may at once. */
const causedMax = floodsPerMinuteMax * floodBudget * (minutes + 1);

interface Flooder {
  readonly everyMs: number;
  /** What it claims, in its turn. */
  readonly depthOf: (turn: number) => number;
  readonly budget: number;
}

const floodsOf = (member: Member): number =>
  member.effects.filter((each) => each.do === 'send' && each.message.kind === 'flood').length;

/** One member floods some of its neighbours; afterwards an honest one looks for something by flood. */
const attacked = (seed: number, { everyMs, depthOf, budget }: Flooder, victimCount: number) => {
  const network = new Network({ seed }).grow(40);
  const [hostile, asker, ...others] = network.all as [Member, Member, ...Member[]];
  const victims = others.slice(0, victimCount);
  const item = network.make();
  network.keepsEffects = true;
  for (let turn = 0; turn * everyMs < minutes * 60_000; turn++) {
    const question: Question = { place: recordPlaceOf(randomKey(network.random)) };
    const flood = randomKey(network.random);
    for (const victim of victims) {
      const depth = depthOf(turn);
      network.tell(victim, senderOf(hostile), { kind: 'flood', n: turn, flood, question, budget, depth });
    }
    network.run(everyMs);
  }
  const caused = network.all.reduce((sum, member) => sum + floodsOf(member), 0);
  // No flood reaches everybody, so it is held by a few.
  for (const holder of others.slice(-6)) {
    network.act(holder, (node) => node.keep(recordPlaceOf(item.id), item, network.nowMs));
  }
  const found = network.search(asker, { place: recordPlaceOf(item.id) }, { among: ['flood'] });
  return { caused, victims: victims.map(floodsOf), isFound: found.items.length > 0 };
};

describe('one who floods without end', () => {
  it.each<[string, Flooder]>([
    ['claims more than there is', { everyMs: 250, depthOf: () => 200, budget: 60_000 }],
    ['begins no more than it may', { everyMs: 10_500, depthOf: () => 200, budget: 60_000 }],
    ['claims to pass on what others began', { everyMs: 250, depthOf: () => 2, budget: 60_000 }],
    ['varies', { everyMs: 250, depthOf: (turn) => turn % 3, budget: 60_000 }],
  ])('causes so many messages and no more when it %s, and others flood on', (_, flooder) => {
    const { caused, victims, isFound } = attacked(71, flooder, 1);
    expect(caused).toBeGreaterThan(0);
    expect(victims[0]).toBeLessThanOrEqual(causedMax);
    // All that follows from it, wherever, is paid for where it came in.
    expect(caused).toBeLessThanOrEqual(causedMax);
    expect(isFound).toBe(true);
  });

  it('causes at many neighbours so much at each of them, and no more by what they pass on to each other', () => {
    const flooder: Flooder = { everyMs: 500, depthOf: () => 2, budget: 60_000 };
    const { caused } = attacked(72, flooder, 8);
    expect(caused).toBeLessThanOrEqual(8 * causedMax);
  });
});
