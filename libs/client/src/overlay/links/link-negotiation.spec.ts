/** Two negotiations in a world that orders, delays and loses what they say to each other as it likes. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linkLimits } from './link-limits.js';
import { LinkNegotiation, type LinkEffect } from './link-negotiation.js';
import type { Signal } from './signal.js';

type Side = 0 | 1;
const otherOf = (side: Side): Side => (side === 0 ? 1 : 0);
/** A choice that is divisible by it lets time go by though something could happen now. */
const jumping = 7;
const notJumping = fc.nat(1_000).filter((choice) => choice % jumping !== 0);
const choicesOf = (choice: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(choice, { maxLength: 80 });

/** No two throws alike, so that no two attempts are. */
let throws = 0;
const dice = (): (() => number) => () => (++throws * 0.618_033_988_749) % 1;

const candidate = { candidate: 'candidate:1', mid: '0' };

/** A connection of one side, as WebRTC would have it. */
interface Connection {
  readonly attempt: number;
  readonly offer: string | undefined;
  isReady: boolean;
  isOpen: boolean;
}

class World {
  nowMs = 0;
  /** Things that may happen next, in whatever order. */
  readonly pending: (() => void)[] = [];
  readonly told: string[][] = [[], []];
  readonly signals: Signal[][] = [[], []];
  readonly connections: (Connection | undefined)[] = [undefined, undefined];
  readonly sides: readonly LinkNegotiation[];
  dials = 0;

  constructor(
    private readonly isLost: () => boolean,
    /** Whether the two can reach each other. */
    private readonly hasWay = true,
  ) {
    this.sides = [false, true].map((yields) => new LinkNegotiation({ yields, random: dice() }));
  }

  connect(side: Side): void {
    this.sides[side]!.connect(this.nowMs);
    this.run(side);
  }

  run(side: Side): void {
    const negotiation = this.sides[side]!;
    for (let effects = negotiation.takeEffects(); effects.length > 0; effects = negotiation.takeEffects()) {
      for (const effect of effects) this.#carryOut(side, effect);
    }
  }

  /** To the next deadline of either side; false when there is none. */
  jump(): boolean {
    const deadlines = this.sides.map((side) => side.nextDeadline() ?? Infinity);
    const next = Math.min(...deadlines);
    if (next === Infinity) return false;
    this.nowMs = Math.max(this.nowMs, next);
    for (const side of [0, 1] as const) {
      this.sides[side]!.advance(this.nowMs);
      this.run(side);
    }
    return true;
  }

  /** Until nothing can happen any more, choosing by the given numbers for as long as they last. */
  settle(choices: readonly number[]): void {
    const left = [...choices];
    for (let steps = 0; steps < 1_000; steps++) {
      const choice = left.shift() ?? 1;
      if (this.pending.length > 0 && choice % jumping !== 0) {
        this.pending.splice(choice % this.pending.length, 1)[0]!();
      } else if (!this.jump() && this.pending.length === 0) return;
    }
    throw new Error('It does not settle.');
  }

  #carryOut(side: Side, effect: LinkEffect): void {
    const negotiation = this.sides[side]!;
    const own = this.connections[side];
    const later = (call: (nowMs: number) => void): void => {
      this.pending.push(() => {
        call(this.nowMs);
        this.run(side);
      });
    };
    switch (effect.do) {
      case 'dial': {
        expect(own).toBeUndefined();
        const { attempt, offer } = effect;
        this.dials++;
        this.connections[side] = { attempt, offer, isReady: offer !== undefined, isOpen: false };
        later((nowMs) => negotiation.described(attempt, `sdp of ${side}`, nowMs));
        later((nowMs) => negotiation.reachable(attempt, candidate, nowMs));
        later((nowMs) => negotiation.gathered(attempt, nowMs));
        return;
      }
      case 'hang-up': {
        expect(own?.attempt).toBe(effect.attempt);
        this.connections[side] = undefined;
        const other = otherOf(side);
        if (own!.isOpen && this.connections[other]?.attempt === effect.attempt) {
          this.pending.push(() => {
            this.sides[other]!.ended(effect.attempt, this.nowMs);
            this.run(other);
          });
        }
        return;
      }
      case 'answered':
        expect(own).toMatchObject({ attempt: effect.attempt, offer: undefined, isReady: false });
        own!.isReady = true;
        return this.#meet();
      case 'reachable-at':
        // Never before the description that they belong to.
        expect(own).toMatchObject({ attempt: effect.attempt, isReady: true });
        return;
      case 'signal':
        this.signals[side]!.push(effect.signal);
        if (this.isLost()) return;
        this.pending.push(() => {
          this.sides[otherOf(side)]!.signalled(effect.signal, this.nowMs);
          this.run(otherOf(side));
        });
        return;
      default:
        this.told[side]!.push(effect.do);
    }
  }

  /** Both sides of an attempt know each other: their channel opens, a little later on each side. */
  #meet(): void {
    const [one, other] = this.connections;
    if (!this.hasWay || one === undefined || one.attempt !== other?.attempt) return;
    if (!one.isReady || !other.isReady) return;
    for (const side of [0, 1] as const) {
      const connection = this.connections[side]!;
      connection.isOpen = true;
      this.pending.push(() => {
        if (this.connections[side] !== connection) return;
        this.sides[side]!.opened(connection.attempt);
        this.run(side);
      });
    }
  }
}

const never = (): boolean => false;
const always = (): boolean => true;

describe('the negotiation of a link', () => {
  it('opens one link on both sides, whatever comes first, also when both ask for it at once', () => {
    const who = fc.constantFrom<readonly Side[]>([0], [1], [0, 1], [1, 0]);
    fc.assert(
      fc.property(who, choicesOf(notJumping), (asking, choices) => {
        const world = new World(never);
        for (const side of asking) world.connect(side);
        world.settle(choices);
        expect(world.sides.map(({ phase }) => phase)).toEqual(['open', 'open']);
        expect(world.connections[0]!.attempt).toBe(world.connections[1]!.attempt);
        expect(world.told.map((told) => told.at(-1))).toEqual(['opened', 'opened']);
      }),
    );
  });

  it('comes to an end on both sides when signals are lost, and tells of every opened link that has closed', () => {
    const losses = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(choicesOf(fc.nat(1_000)), losses, (choices, stream) => {
        const world = new World(() => stream.next().value as boolean);
        world.connect(0);
        world.connect(1);
        world.settle(choices);
        for (const side of [0, 1] as const) {
          const { phase } = world.sides[side]!;
          expect(['open', 'over']).toContain(phase);
          const expected = world.told[side]!.map((_, i) => (i % 2 === 0 ? 'opened' : 'closed'));
          expect(world.told[side]).toEqual(expected);
          expect(world.told[side]!.at(-1) === 'opened').toBe(phase === 'open');
          expect(world.connections[side] !== undefined).toBe(phase === 'open');
        }
      }),
    );
  });

  it('tries once more after a pause, and then gives up', () => {
    const world = new World(always);
    world.connect(0);
    world.settle([]);
    expect(world.dials).toBe(linkLimits.attemptsMax);
    expect(world.signals[0]!.map(({ kind }) => kind)).toEqual(['offer', 'offer']);
    expect(world.nowMs).toBeGreaterThanOrEqual(2 * linkLimits.connectMs + linkLimits.retryMinMs);
    expect(world.sides[0]).toMatchObject({ phase: 'over', hasFailed: true });
  });

  it('does not hold it against anybody that there was a link which has ended', () => {
    const world = new World(never);
    world.connect(0);
    world.settle([]);
    world.sides[1]!.end('asked');
    world.run(1);
    world.settle([]);
    expect(world.told).toEqual([
      ['opened', 'closed'],
      ['opened', 'closed'],
    ]);
    expect(world.sides[0]).toMatchObject({ phase: 'over', hasFailed: false });
  });

  it('gives up on both sides where there is no way between them', () => {
    const world = new World(never, false);
    world.connect(0);
    world.connect(1);
    world.settle([]);
    expect(world.sides.map(({ phase }) => phase)).toEqual(['over', 'over']);
    expect(world.told).toEqual([[], []]);
  });

  it('tells all candidates that are found within a moment together with the description', () => {
    const { candidatesMax, candidatesPerSignalMax } = linkLimits;
    const world = new World(always);
    world.connect(0);
    const { attempt } = world.connections[0]!;
    world.pending.length = 0;
    for (let i = 0; i < candidatesMax + 5; i++) world.sides[0]!.reachable(attempt, candidate, 0);
    world.sides[0]!.described(attempt, 'sdp', 0);
    world.run(0);
    expect(world.signals[0]).toEqual([]);
    world.sides[0]!.gathered(attempt, 0);
    world.run(0);
    const told = world.signals[0]!.map((signal) => ('candidates' in signal ? signal.candidates.length : 0));
    expect(world.signals[0]!.map(({ kind }) => kind)).toEqual(['offer', 'candidates']);
    expect(told).toEqual([candidatesPerSignalMax, candidatesMax - candidatesPerSignalMax]);
  });

  it('takes a bounded number of candidates, and looks for the other side after its answer had a head start', () => {
    const side = new LinkNegotiation({ yields: true, random: dice() });
    const many = Array.from({ length: linkLimits.candidatesPerSignalMax }, () => candidate);
    side.signalled({ kind: 'offer', attempt: 1, sdp: 'sdp', candidates: many }, 0);
    for (let i = 0; i < 5; i++) side.signalled({ kind: 'candidates', attempt: 1, candidates: many }, 0);
    expect(side.takeEffects().map((effect) => effect.do)).toEqual(['dial']);
    side.advance(linkLimits.answerHeadStartMs);
    const effects = side.takeEffects();
    expect(effects.map((effect) => effect.do)).toEqual(['reachable-at']);
    expect(effects[0]).toHaveProperty('candidates.length', linkLimits.candidatesMax);
  });

  it('ends a link whose way is gone, unless it comes back in time', () => {
    const side = new LinkNegotiation({ yields: true, random: dice() });
    side.signalled({ kind: 'offer', attempt: 1, sdp: 'sdp', candidates: [] }, 0);
    side.opened(1);
    side.wavering(1, true, 1_000);
    side.wavering(1, false, 2_000);
    side.advance(1_000 + linkLimits.waveringMs);
    expect(side.phase).toBe('open');
    side.wavering(1, true, 10_000);
    side.advance(10_000 + linkLimits.waveringMs);
    expect(side.phase).toBe('over');
    expect(side.takeEffects().at(-1)).toEqual({ do: 'closed', why: 'failed' });
  });
});
