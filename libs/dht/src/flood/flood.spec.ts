import { describe, expect, it } from '@jest/globals';
import { itemsFor, line, Neighbourhood, type FloodRequest } from '../../test/neighbourhood.js';
import { itemOf, keyOf, type PartWorld } from '../../test/part-world.js';
import type { Contact } from '../contacts/contact.js';
import { dhtSettings } from '../limits.js';
import type { Answer, Message, Question } from '../messages/message.js';
import { SeenFloods } from './seen-floods.js';

const place: Question = { place: { kind: 'record', key: keyOf(7) } };
const filter = (limit: number): Question => ({ filter: { collection: 'notes' }, limit });

const request = (more: Partial<FloodRequest> = {}): FloodRequest => ({
  kind: 'flood',
  n: 1,
  flood: keyOf(99),
  question: place,
  budget: 15,
  depth: 3,
  ...more,
});
const answersTo = (world: PartWorld, contact: Contact): Message[] =>
  world.sent.filter(({ to }) => to.id.equals(contact.id)).map(({ message }) => message);

describe('a flood', () => {
  it('finds what a node some hops away holds, and those between take note of it', () => {
    const chain = line(5);
    chain.members[4]!.held.push(itemOf(7));
    expect(itemsFor(chain, place)).toEqual([itemOf(7)]);
    expect(chain.members[2]!.passed).toEqual([itemOf(7)]);
  });

  it('goes no farther than its depth', () => {
    const chain = line(6);
    chain.members[5]!.held.push(itemOf(7));
    expect(itemsFor(chain, place)).toEqual([]);
    expect(chain.floods.length).toBe(dhtSettings.floodDepth);
  });

  it('is not passed on by who holds what is looked for at a place', () => {
    const chain = line(3);
    chain.members[1]!.held.push(itemOf(7));
    chain.ask(place);
    expect(chain.floods.length).toBe(1);
  });

  it('gathers what matches a filter until there is enough of it', () => {
    const chain = line(4);
    chain.members[1]!.held.push(itemOf(1), itemOf(2));
    chain.members[2]!.held.push(itemOf(2), itemOf(3));
    chain.members[3]!.held.push(itemOf(4));
    expect(itemsFor(chain, filter(16)).toSorted()).toEqual([1, 2, 3, 4].map((id) => itemOf(id)));
    const before = chain.floods.length;
    expect(itemsFor(chain, filter(2)).length).toBe(2);
    expect(chain.floods.length - before).toBe(1);
  });

  it('never causes more messages than its budget, in any graph', () => {
    for (let seed = 0; seed < 16; seed++) {
      const settings = {
        floodBudget: 1 + (seed % 64),
        floodFanOut: 1 + (seed % 6),
        floodDepth: 1 + (seed % 5),
      };
      const graph = new Neighbourhood(seed, 5 + seed * 4, settings).connect(1 + (seed % 12));
      graph.ask(place);
      expect(graph.floods.length).toBeLessThanOrEqual(settings.floodBudget);
      for (const { flood, node } of graph.members) expect([flood.open, node.asking]).toEqual([0, 0]);
    }
  });

  it('uses its budget, and reaches nobody twice through the same neighbour', () => {
    const graph = new Neighbourhood(3, 300).connect(12);
    graph.ask(place);
    expect(graph.floods.length).toBeGreaterThan(dhtSettings.floodBudget * 0.9);
    const ways = graph.floods.map(({ from, to }) => `${from.id.text} ${to.id.text}`);
    expect(new Set(ways).size).toBe(ways.length);
  });

  it('causes no more than the settings allow when liars claim a larger budget and depth', () => {
    for (let seed = 0; seed < 5; seed++) {
      const graph = new Neighbourhood(seed, 120).connect(16);
      const liar = graph.world.add(1_000);
      graph.world.send(liar, graph.members[0]!.node.self, request({ budget: 1e9, depth: 1e9 }));
      graph.world.run();
      expect(graph.floods.length).toBeLessThanOrEqual(dhtSettings.floodBudget);
    }
  });

  it('causes no more through a liar in its midst than the liar sends itself, each cut to the settings', () => {
    const graph = new Neighbourhood(5, 100).connect(8);
    const liar = graph.members[1]!;
    graph.members[0]!.table.splice(0, Infinity, liar.node.self);
    graph.members[0]!.links.length = 0;
    const victims = graph.members.slice(10, 14).map(({ node }) => node.self);
    liar.node.onRequest = (_from, asked) => {
      for (const to of victims)
        graph.world.send(liar.node, to, { ...(asked as FloodRequest), budget: 1e9, depth: 1e9 });
    };
    graph.ask(place);
    expect(graph.floods.length).toBeLessThanOrEqual(1 + victims.length * dhtSettings.floodBudget);
  });

  it('takes a smaller budget and depth for what they are', () => {
    const graph = new Neighbourhood(5, 50).connect(8);
    const asking = graph.world.add(1_000);
    graph.world.send(asking, graph.members[0]!.node.self, request({ budget: 3, depth: 3 }));
    graph.world.send(asking, graph.members[1]!.node.self, request({ flood: keyOf(5), budget: 63, depth: 0 }));
    graph.world.run();
    expect(graph.floods.length).toBeLessThanOrEqual(2 + 3);
  });

  it('is answered with nothing where it has been before', () => {
    const chain = line(2);
    chain.members[1]!.held.push(itemOf(7));
    const asking = chain.world.add(1_000);
    for (let n = 0; n < 2; n++) chain.world.send(asking, chain.members[1]!.node.self, request({ n }));
    chain.world.run();
    const items = answersTo(chain.world, asking.self).map((each) =>
      each.kind === 'flooded' ? each.items : each,
    );
    expect(items.toSorted()).toEqual([[], [itemOf(7)]]);
  });

  it('spends on another neighbour what was meant for one that is gone', () => {
    const chain = line(2);
    const [first, second] = chain.members;
    second!.held.push(itemOf(7));
    first!.table.unshift(
      ...[901, 902, 903, 904].map((number) => ({ id: keyOf(number), archive: 'archive' })),
    );
    expect(itemsFor(chain, place)).toEqual([itemOf(7)]);
    expect(chain.floods.length).toBeLessThanOrEqual(dhtSettings.floodBudget);
  });

  it('ends in time when neighbours say nothing, with what others have found', () => {
    const chain = line(3);
    const silent = chain.world.add(1_000);
    chain.members[1]!.table.push(silent.self);
    chain.members[2]!.held.push(itemOf(4));
    expect(itemsFor(chain, filter(16))).toEqual([itemOf(4)]);
    expect(chain.world.nowMs).toBeLessThanOrEqual(dhtSettings.floodDepth * dhtSettings.floodHopMs);
  });

  it('is not ended by a forger: what does not verify is passed on by nobody, and the others are waited for', () => {
    const chain = line(4);
    const forger = chain.world.add(1_000);
    forger.onRequest = (from, { n }) => forger.reply(from, { kind: 'flooded', n, items: ['forged'] });
    chain.members[1]!.table.unshift(forger.self);
    chain.members[3]!.held.push(itemOf(7));
    expect(itemsFor(chain, place)).toEqual([itemOf(7)]);
    expect(chain.members[1]!.node.effects).toContainEqual(
      expect.objectContaining({ do: 'misbehaved', contact: expect.objectContaining({ id: forger.self.id }) }),
    );
    expect(chain.members[0]!.node.effects).toEqual([]);
  });

  it('looks at no more items of an answer than an honest one has', () => {
    const verifiedFor = (question: Question): number => {
      const chain = line(2);
      chain.members[1]!.node.onRequest = (from, { n }) => {
        const items = Array.from({ length: 10_000 }, (_, at) => itemOf(at));
        chain.members[1]!.node.reply(from, { kind: 'flooded', n, items });
      };
      chain.ask(question);
      return chain.members[0]!.node.verified;
    };
    expect(verifiedFor(filter(500))).toBe(16);
    expect(verifiedFor(filter(3))).toBe(3);
    expect(verifiedFor(place)).toBe(1);
    expect(verifiedFor({ place: { kind: 'feed', key: keyOf(7) } })).toBe(dhtSettings.feedItemsMax);
    expect(verifiedFor({ place: { kind: 'mailbox', key: keyOf(7) } })).toBe(dhtSettings.mailboxItemsMax);
  });

  it('is refused by an observer, who passes nothing on', () => {
    const chain = line(3);
    chain.members[1]!.node.role = 'observer';
    chain.members[2]!.held.push(itemOf(7));
    expect(itemsFor(chain, place)).toEqual([]);
    expect(chain.floods.length).toBe(1);
  });

  it('is refused from a contact that floods too often, and one that goes on is left', () => {
    const chain = line(2);
    const greedy = chain.world.add(1_000);
    const { node } = chain.members[1]!;
    const times = 5 * dhtSettings.floodsPerMinuteMax;
    for (let n = 0; n < times; n++) chain.world.send(greedy, node.self, request({ n, flood: keyOf(n) }));
    chain.world.run();
    const kinds = answersTo(chain.world, greedy.self).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'flooded').length).toBe(dhtSettings.floodsPerMinuteMax);
    expect(kinds.filter((kind) => kind === 'refused').length).toBe(dhtSettings.floodsPerMinuteMax);
    expect(node.effects.length).toBe(times - 2 * dhtSettings.floodsPerMinuteMax);
    expect(node.effects[0]).toMatchObject({ do: 'misbehaved', what: 'flood-excess' });
  });

  it('may be passed on more often than it may begin, though not without end', () => {
    const chain = line(2);
    const busy = chain.world.add(1_000);
    for (let n = 0; n < 1_000; n++)
      chain.world.send(
        busy,
        chain.members[1]!.node.self,
        request({ n, flood: keyOf(n), depth: 2, budget: 4 }),
      );
    chain.world.run();
    const answers = answersTo(chain.world, busy.self) as Answer[];
    const caused = 5 * answers.filter(({ kind }) => kind === 'flooded').length;
    expect(caused).toBeGreaterThan(5 * dhtSettings.floodsPerMinuteMax);
    expect(caused).toBeLessThanOrEqual(dhtSettings.floodsPerMinuteMax * dhtSettings.floodBudget + 5);
  });

  it('tells nothing more when it was cancelled', () => {
    const chain = line(2);
    chain.members[1]!.held.push(itemOf(7));
    const told: string[] = [];
    const started = chain.members[0]!.flood.start(place, {
      found: () => told.push('found'),
      done: () => told.push('done'),
    });
    expect(started.sent()).toBe(1);
    started.cancel();
    started.cancel();
    chain.world.run();
    expect(told).toEqual([]);
    expect(chain.members[0]!.flood.open).toBe(0);
  });

  it('is done within the call when nobody is known', () => {
    const told: string[] = [];
    const alone = new Neighbourhood(1, 1).members[0]!;
    alone.flood.start(place, { found: () => told.push('found'), done: () => told.push('done') });
    expect(told).toEqual(['done']);
  });
});

describe('floods that were seen', () => {
  it('are remembered for their time, and only so many of them', () => {
    const seen = new SeenFloods(3, 1_000);
    expect(seen.isNew(keyOf(1), 0)).toBe(true);
    expect(seen.isNew(keyOf(1), 999)).toBe(false);
    expect(seen.isNew(keyOf(1), 1_000)).toBe(true);
    for (let number = 2; number < 100; number++) {
      seen.isNew(keyOf(number), 1_001);
      expect(seen.size).toBeLessThanOrEqual(3);
    }
    expect(seen.isNew(keyOf(99), 1_002)).toBe(false);
    expect(seen.isNew(keyOf(1), 1_002)).toBe(true);
  });
});
