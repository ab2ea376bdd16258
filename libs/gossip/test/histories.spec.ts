/** Promise P5: whatever has happened, archives that can talk to each other again come to hold the same records. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LinkShared } from '../src/link.js';
import { VirtualTime } from './virtual-time.js';
import { alice, bob, connect, haveTheSame, TestArchive, type Connection } from './world.js';

const pairs = [
  [0, 1],
  [1, 2],
  [0, 2],
] as const;

type Event =
  | { readonly kind: 'publish' | 'retract' | 'expired'; readonly at: number; readonly pick: number }
  | { readonly kind: 'cut' | 'join' | 'slow' | 'restart'; readonly at: number }
  | { readonly kind: 'pass'; readonly ms: number };

const at = fc.nat(2);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('publish' as const), at, pick: fc.nat(200) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retract' as const), at, pick: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expired' as const), at, pick: fc.nat(200) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'join', 'slow', 'restart'), at }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(3_000) }) },
);

class World {
  readonly time: VirtualTime;
  readonly archives: TestArchive[];
  readonly links = new Map<number, Connection>();
  readonly made: { id: string; author: string }[] = [];

  constructor(seed: number) {
    this.time = new VirtualTime(seed);
    this.archives = ['a', 'b', 'c'].map((name) => new TestArchive(name, this.time));
  }

  async happen(event: Event): Promise<void> {
    switch (event.kind) {
      case 'publish':
        for (let i = 0; i <= event.pick % 20; i++) await this.#publish(event.at, event.pick + i);
        break;
      case 'expired': {
        const { now } = this.time;
        await this.archives[event.at]!.publish({ iat: now - 50 - event.pick, exp: now - 20 });
        break;
      }
      case 'retract': {
        const target = this.made[event.pick % Math.max(1, this.made.length)];
        // Anywhere, also where the target is not.
        if (target === undefined) break;
        const payload = { collection: 'retractions', refs: [target.id] };
        await this.archives[event.at]!.publish(payload, event.pick % 5 === 0 ? bob : target.author);
        break;
      }
      case 'cut':
        this.cut(event.at);
        break;
      case 'join':
        this.join(event.at);
        break;
      case 'slow': {
        const link = this.links.get(event.at);
        if (link !== undefined) link.fromA.latencyMs = 2_000;
        break;
      }
      case 'restart':
        for (const [place, pair] of pairs.entries()) {
          if ((pair as readonly number[]).includes(event.at)) this.cut(place);
        }
        this.archives[event.at]!.shared = new LinkShared();
        break;
      case 'pass':
        await this.time.pass(event.ms);
    }
  }

  cut(place: number): void {
    this.links.get(place)?.cut();
    this.links.delete(place);
  }

  join(place: number): void {
    if (this.links.has(place)) return;
    const [a, b] = pairs[place]!;
    this.links.set(place, connect(this.archives[a]!, this.archives[b]!));
  }

  async #publish(where: number, pick: number): Promise<void> {
    const author = pick % 3 === 0 ? bob : alice;
    const id = await this.archives[where]!.publish({ iat: this.time.now - (pick % 60) }, author);
    this.made.push({ id, author });
  }
}

describe('three archives', () => {
  it('come to hold the same records after any history of cuts, restarts and slow lines', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), fc.nat(), async (events, seed) => {
        const world = new World(seed);
        for (const it of events) await world.happen(it);
        for (const place of [0, 1]) {
          world.cut(place);
          world.join(place);
        }
        const links = [...world.links.values()];
        await world.time.until(
          () =>
            haveTheSame(...world.archives) &&
            links.every(({ a, b }) => a.stats.stage === 'live' && b.stats.stage === 'live'),
          'all hold the same',
          3_600_000,
        );
        for (const { a, b } of links) {
          expect(await world.time.during(a.compareNow({ fetch: false }))).toMatchObject({ same: true });
          expect([a.stats, b.stats].every(({ stage }) => stage === 'live')).toBe(true);
        }
        for (const place of pairs.keys()) world.cut(place);
        await world.time.until(() => world.time.sleeping === 0, 'nobody waits', 10_000);
        expect(world.archives.map(({ shared }) => shared.fetching.size)).toEqual([0, 0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
