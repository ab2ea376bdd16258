import { describe, expect, it } from '@jest/globals';
import type { Place } from '../src/keys/place.js';
import { ringTarget } from '../src/keys/ring-target.js';
import { dhtLimits, dhtSettings } from '../src/limits.js';
import type { Answer, Message } from '../src/messages/message.js';
import type { Misbehaviour } from '../src/node/effect.js';
import { type Member, Network, randomKey, recordPlaceOf, senderOf } from './network.js';

const minute = 60_000;

/** What a member says that another did. */
const toldBy = (member: Member, of: Member): { what: Misbehaviour; left: boolean }[] =>
  member.effects.flatMap((each) =>
    each.do === 'misbehaved' && each.contact.id === of.contact.id
      ? [{ what: each.what, left: each.left }]
      : [],
  );

const answersOf = (member: Member, to: Member): Message[] =>
  member.effects.flatMap((each) =>
    each.do === 'send' && each.to.id === to.contact.id ? [each.message] : [],
  );

const holds = (network: Network, member: Member, place: Place): boolean =>
  network.search(member, { place }, { among: ['local'] }).items.length > 0;

describe('a contact', () => {
  it('that gives forged items is counted, and left when it goes on', () => {
    const network = new Network({ seed: 61, archives: 1_000 }).grow(40);
    network.keepsEffects = true;
    const asker = network.all[0]!;
    const forger = network.all[1]!;
    forger.lie = (request): Answer | undefined =>
      request.kind === 'find' && request.place !== undefined
        ? { kind: 'found', n: request.n, contacts: [], items: [`forged ${request.n}`] }
        : undefined;
    for (let i = 0; i < 20; i++) {
      const found = network.search(asker, { place: recordPlaceOf(network.make().id) }, { among: ['rings'] });
      expect(found.items).toEqual([]);
    }
    const told = toldBy(asker, forger);
    expect(told[0]).toEqual({ what: 'forged-item', left: false });
    expect(told.filter(({ left }) => left)).toHaveLength(1);
    expect(told.at(-1)!.left).toBe(true);
    const before = asker.node.status.received;
    network.tell(asker, senderOf(forger), { kind: 'ping', n: 1 });
    expect(asker.node.status.received.dropped).toBe(before.dropped + 1);
    expect(asker.node.contacts(100)).not.toContainEqual(forger.contact);
  });

  it('that takes nothing it is brought does not keep others from being brought theirs', () => {
    const network = new Network({ seed: 66, archives: 1_000 }).grow(10);
    const [member, from] = network.all as [Member, Member];
    const [, unwilling] = network.closest(member.contact.id, 2) as [Member, Member];
    let refused = 0;
    unwilling.lie = (request) => {
      if (request.kind !== 'store') return undefined;
      refused++;
      return { kind: 'refused', n: request.n, code: 'busy' };
    };
    const items = Array.from({ length: 80 }, () => network.make());
    for (const [n, item] of items.entries()) {
      const place = recordPlaceOf(item.id);
      network.tell(member, senderOf(from), {
        kind: 'store',
        n,
        place,
        ring: 0,
        items: [item.item],
        cached: false,
      });
      // No faster than one contact may ask.
      network.run(250);
    }
    network.run(8 * minute);
    const lacking = items.flatMap(({ id }) =>
      network
        .closest(ringTarget(recordPlaceOf(id), 0), 4)
        .filter((holder) => holder !== unwilling && !holds(network, holder, recordPlaceOf(id))),
    );
    expect(lacking).toHaveLength(0);
    expect(refused).toBeLessThanOrEqual(6 * dhtLimits.handedOnAtOnceMax);
  });

  it('that answers what it was not asked is counted, and changes nothing', () => {
    const network = new Network({ seed: 62 }).grow(20);
    network.keepsEffects = true;
    const [member, liar] = network.all as [Member, Member];
    const contacts = Array.from({ length: 8 }, () => ({
      id: randomKey(network.random),
      archive: 'archive-0',
    }));
    const before = member.node.status;
    network.tell(member, senderOf(liar), { kind: 'found', n: 12_345, contacts, items: ['forged'] });
    expect(toldBy(member, liar)).toEqual([{ what: 'unasked-answer', left: false }]);
    expect(member.node.status).toMatchObject({ contacts: before.contacts, held: before.held });
  });

  it('cannot answer in the place of the one that was asked', () => {
    const network = new Network({ seed: 63 }).grow(20);
    network.keepsEffects = true;
    const [member, liar, asked] = network.all as [Member, Member, Member];
    const delivery = network.act(member, (node) =>
      node.deliver(asked.contact, 'signal', new Uint8Array(1), network.nowMs),
    );
    const [request] = answersOf(member, asked).filter(({ kind }) => kind === 'deliver');
    network.tell(member, senderOf(liar), { kind: 'delivered', n: request!.n });
    expect(toldBy(member, liar)).toEqual([{ what: 'unasked-answer', left: false }]);
    network.tell(member, senderOf(asked), { kind: 'refused', n: request!.n, code: 'unwanted' });
    expect(member.effects.filter((each) => each.do === 'delivered')).toEqual([
      { do: 'delivered', delivery, outcome: 'refused' },
    ]);
  });

  it('whose answers come too late is told apart, and not left for it', () => {
    const network = new Network({ seed: 64 });
    network.keepsEffects = true;
    const [member, slow] = [network.add(), network.add()];
    slow.isSilent = true;
    for (let i = 0; i < 20; i++) {
      network.act(member, (node) => node.deliver(slow.contact, 'signal', new Uint8Array(1), network.nowMs));
      const { n } = answersOf(member, slow).at(-1)!;
      network.run(dhtSettings.deliverMs + 1_000);
      network.tell(member, senderOf(slow), { kind: 'delivered', n });
    }
    const told = toldBy(member, slow);
    expect(new Set(told.map(({ what }) => what))).toEqual(new Set(['slow']));
    expect(told.filter(({ left }) => left)).toEqual([]);
  });

  it('that was said to be gone may still answer', () => {
    const network = new Network({ seed: 66 });
    network.keepsEffects = true;
    const [member, other] = [network.add(), network.add()];
    other.isSilent = true;
    const asked = Array.from({ length: 100 }, () => {
      network.act(member, (node) => node.deliver(other.contact, 'signal', new Uint8Array(1), network.nowMs));
      return answersOf(member, other).at(-1)!;
    });
    network.act(member, (node) => node.gone(other.contact.id, network.nowMs));
    for (const { n } of asked) network.tell(member, senderOf(other), { kind: 'delivered', n });
    expect(toldBy(member, other)).toEqual([]);
    expect(member.node.status.received.dropped).toBe(asked.length);
  });

  it('that is left is heard again after a while', () => {
    const network = new Network({ seed: 65 });
    network.keepsEffects = true;
    const [member, liar] = [network.add(), network.add()];
    for (let n = 1; n <= dhtLimits.misbehaviourMax; n++) {
      network.tell(member, senderOf(liar), { kind: 'pong', n: 1_000 + n });
    }
    expect(toldBy(member, liar).at(-1)!.left).toBe(true);
    network.run(dhtLimits.leftMs + 1);
    network.tell(member, senderOf(liar), { kind: 'ping', n: 5 });
    expect(answersOf(member, liar)).toContainEqual({ kind: 'pong', n: 5 });
  });
});

describe('an observer', () => {
  it('stands in no table, is refused nothing, and answers with a refusal', () => {
    const network = new Network({ seed: 66 }).grow(40);
    network.keepsEffects = true;
    const observer = network.join('observer');
    network.run(10 * minute);
    for (const { node } of network.all) expect(node.contacts(1_000)).not.toContainEqual(observer.contact);
    expect(observer.node.status.contacts).toBeGreaterThan(0);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    network.act(observer, (node) => node.store(place, item, { pinned: false }, network.nowMs));
    network.run(10_000);
    expect(network.search(network.all[3]!, { place }, { among: ['rings'] }).items).toEqual([item]);
    network.tell(observer, senderOf(network.all[0]!), { kind: 'ping', n: 77 });
    expect(answersOf(observer, network.all[0]!)).toContainEqual({ kind: 'refused', n: 77, code: 'observer' });
    network.tell(observer, senderOf(network.all[0]!), {
      kind: 'deliver',
      n: 78,
      purpose: 'receipt',
      bytes: new Uint8Array(3),
    });
    expect(observer.effects).toContainEqual(expect.objectContaining({ do: 'deliver', n: 78 }));
  });

  it('that was a server leaves the tables', () => {
    const network = new Network({ seed: 67 }).grow(20);
    const turned = network.all[5]!;
    network.act(turned, (node) => node.setRole('observer', network.nowMs));
    network.run(20 * minute);
    for (const { node } of network.all) expect(node.contacts(1_000)).not.toContainEqual(turned.contact);
  });
});

describe('the bounds of a node', () => {
  it('hold under a flood of requests', () => {
    const network = new Network({ seed: 68 }).grow(20);
    network.keepsEffects = true;
    const [member, spammer] = network.all as [Member, Member];
    for (let n = 1; n <= 5_000; n++) {
      network.tell(member, senderOf(spammer), { kind: 'find', n, target: randomKey(network.random) });
    }
    expect(answersOf(member, spammer).length).toBeLessThan(dhtSettings.requestsBurstMax);
    expect(toldBy(member, spammer).some(({ left }) => left)).toBe(true);
  });

  it('hold for what others want stored', () => {
    const settings = { itemsMax: 40, requestsPerSecondMax: 1_000_000, requestsBurstMax: 1_000_000 };
    const network = new Network({ seed: 69, settings }).grow(5);
    const [member, spammer] = network.all as [Member, Member];
    for (let n = 1; n <= 400; n++) {
      const { id, item } = network.make();
      network.tell(member, senderOf(spammer), {
        kind: 'store',
        n,
        place: recordPlaceOf(id),
        ring: 0,
        items: [item],
        cached: n % 2 === 0,
      });
      expect(member.node.status.held.items).toBeLessThanOrEqual(40);
      expect(member.node.status.held.cached).toBeLessThanOrEqual(10);
    }
  });

  it('hold for searches: each ends, and those that are too many at once', () => {
    const network = new Network({ seed: 70 }).grow(30);
    const [asker] = network.all as [Member];
    const place = recordPlaceOf(network.make().id);
    const numbers = Array.from({ length: dhtLimits.searchesMax + 20 }, () =>
      network.act(asker, (node) => node.search({ place }, { among: ['rings'] }, network.nowMs)),
    );
    expect(numbers.filter((number) => asker.done(number) !== undefined)).toHaveLength(20);
    network.run(25_000);
    for (const number of numbers) expect(asker.done(number)).toMatchObject({ items: [] });
  });
});
