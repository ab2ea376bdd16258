import { expect, it } from '@jest/globals';
import { Random } from '../chance/random.js';
import { PlainClock } from '../time/plain-clock.js';
import { Archive } from './archive.js';
import { Client } from './client.js';
import { Collusion, type Manner } from './collusion.js';
import { Routes } from './routes.js';
import { randomKey } from './truth.js';

/** What becomes of a message from the first of three clients, each linked to the next, to the last. */
function sentOver(manner: Manner | undefined) {
  const random = Random.stream(1, 'routes.spec');
  const clock = new PlainClock(0);
  const archive = new Archive(0, 'a', 0);
  const [first, between, last] = [0, 1, 2].map((serial) => {
    const conduct = serial === 1 && manner !== undefined ? new Collusion().conduct(manner) : undefined;
    const where = { archive, region: 0, lastMileMs: 10, bornAtMs: 0, endsAtMs: Infinity, canServe: true };
    const client = new Client({ ...where, serial, id: randomKey(random), conduct }, 0);
    // Who has no node is not there.
    client.node = {} as NonNullable<Client['node']>;
    return client;
  }) as [Client, Client, Client];
  const [arrived, gone]: [Client[], [Client, string][]] = [[], []];
  const routes = new Routes({
    clock,
    nowMs: () => clock.nowMs,
    directMs: () => 10,
    isLost: () => false,
    arrived: (at) => arrived.push(at),
    gone: (at, id) => gone.push([at, id.text]),
  });
  for (const [a, b] of [
    [first, between],
    [between, last],
  ] as const) {
    a.links.set(b.id.text, b);
    b.links.set(a.id.text, a);
    a.paths.linked(b.id, true);
  }
  first.paths.told(between.id, [{ ...last.contact, linked: true }], 0);
  const way = first.paths.way(last.contact, 0);
  if (way?.by !== 'route') throw new Error('There is no way.');
  routes.send(first, way.first, way.path, { kind: 'ping', n: 1 }, 6);
  clock.runUntil(1_000);
  return { arrived, gone, first, last };
}

it.each([undefined, 'leads', 'forges'] as const)('what one that %s hands on arrives', (manner) => {
  const { arrived, gone, last } = sentOver(manner);
  expect([arrived, gone]).toEqual([[last], []]);
});

it('one that denies its links says that the next one is gone, and is believed', () => {
  const { arrived, gone, first, last } = sentOver('denies');
  expect(arrived).toEqual([]);
  expect(gone).toEqual([[first, last.id.text]]);
  expect(first.paths.way(last.contact, 1_000)).toBeUndefined();
});

it('of what a silent one is to hand on nothing is heard', () => {
  const { arrived, gone } = sentOver('silent');
  expect([arrived, gone]).toEqual([[], []]);
});
