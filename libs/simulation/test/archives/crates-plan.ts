/** What clients do with crates in a random world: deposits at some of the holders, again and again, and proofs. */
import type { Random } from '../../src/index.js';
import type { Action, Planning } from './action.js';

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
    // One that nobody brings it to: its sender reaches it late, perhaps when it has left the others.
    const late = holders.length > 1 && random.happens(0.4) ? holders[0]! : undefined;
    const early = holders.filter((name) => name !== late);
    const oneOfThem = (): string => random.oneOf(early);
    const sometime = (): number => random.between(firstMs, lastsMs);
    const soon = (): number => Math.min(lastsMs, firstMs + random.exponential(1000));
    const deposit = (at: string): Action => {
      const others = holders.filter((name) => name !== at);
      const mayBring = at === late ? [] : early.filter((name) => name !== at);
      const bring = random.someOf(mayBring, random.whole(0, mayBring.length));
      const told = others.filter((name) => !bring.includes(name));
      return { do: 'deposit', at, crate, expiryHour, bring, holders: told };
    };
    for (const at of random.someOf(early, random.whole(1, early.length))) {
      plan(random.happens(0.6) ? soon() : sometime(), deposit(at));
    }
    // The sender has had no answer.
    if (random.happens(0.4)) plan(sometime(), deposit(oneOfThem()));
    if (late !== undefined) plan(Math.max(sometime(), sometime()), deposit(late));
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
