/** What clients do with crates in a random world: deposits at some of the holders, again and again, and proofs. */
import type { Random } from '../../src/index.js';
import type { Planning } from './action.js';

export interface CratesOfWorld {
  readonly count: number;
  readonly lastsMs: number;
  readonly expiryHourOf: () => number;
}

const ways = ['ack', 'discard', 'recall'] as const;
const digits = '0123456789abcdef';

export function planCrates(
  random: Random,
  names: readonly string[],
  { count, lastsMs, expiryHourOf }: CratesOfWorld,
  plan: Planning,
): void {
  for (let number = 0; number < count; number++) {
    const crate = `${'A'.repeat(41)}${digits[number]!}A`;
    const expiryHour = expiryHourOf();
    const holders = random.someOf(names, random.whole(1, names.length));
    // All are told of each other; some have it from the sender, and some from one of these.
    const firstMs = random.happens(0.5) ? random.between(0, 1000) : random.between(0, lastsMs);
    const oneOfThem = (): string => random.oneOf(holders);
    const sometime = (): number => random.between(firstMs, lastsMs);
    const soon = (): number => Math.min(lastsMs, firstMs + random.exponential(1000));
    for (const at of random.someOf(holders, random.whole(1, holders.length))) {
      const others = holders.filter((name) => name !== at);
      const bring = random.someOf(others, random.whole(0, others.length));
      const deposit = {
        ...({ do: 'deposit', at, crate, expiryHour, bring } as const),
        holders: others.filter((name) => !bring.includes(name)),
      };
      plan(random.happens(0.7) ? soon() : sometime(), deposit);
      // The sender has had no answer, or has forgotten it.
      if (random.happens(0.3)) plan(sometime(), deposit);
    }
    if (random.happens(0.3)) {
      plan(random.happens(0.5) ? random.between(0, firstMs) : sometime(), {
        ...({ do: 'forge', at: oneOfThem(), crate, expiryHour } as const),
      });
    }
    if (random.happens(0.3)) {
      plan(sometime(), { do: 'depart', at: oneOfThem(), crate, way: random.oneOf(ways), fits: false });
    }
    if (random.happens(0.3)) continue;
    const way = random.oneOf(ways);
    for (let times = random.whole(1, 3); times > 0; times--) {
      const whenMs = random.happens(0.3) ? soon() : sometime();
      const other = random.happens(0.2) ? random.oneOf(ways) : way;
      plan(whenMs, { do: 'depart', at: oneOfThem(), crate, way: other, fits: true });
    }
  }
}
