import { describe, expect, it } from '@jest/globals';
import { Verifications } from '../src/node/verifications.js';
import { Lateness } from '../src/node/lateness.js';
import { ItemStore } from '../src/store/item-store.js';
import { dhtLimits, dhtSettings } from '../src/limits.js';
import type { Answer, Message, Request } from '../src/messages/message.js';
import type { Effect, Verdict, VerifiedItem } from '../src/node/effect.js';
import { keyOf } from './part-world.js';
import { chance, itemOf, type Member, Network, recordPlaceOf, senderOf } from './network.js';

const second = 1_000;

const requestsTo = (member: Member, to: Member): Request[] =>
  member.effects.flatMap((each) =>
    each.do === 'send' && each.to.id === to.contact.id ? [each.message as Request] : [],
  );

const blamed = (member: Member): Effect[] => member.effects.filter((each) => each.do === 'misbehaved');

describe('liars that forge', () => {
  it('as much as an answer holds do not keep a search from what is true', () => {
    const network = new Network({ seed: 91, archives: 1_000 }).grow(12);
    network.keepsEffects = true;
    const [asker, holder] = network.all as [Member, Member];
    const item = network.make();
    const place = { kind: 'feed', key: item.id } as const;
    network.act(holder, (node) => node.keep(place, item, network.nowMs));
    const liars = network.all.filter((member) => member !== asker && member !== holder);
    for (const liar of liars) {
      const name = liar.contact.id.text;
      liar.lie = (request): Answer | undefined =>
        request.kind === 'find' && request.place !== undefined
          ? {
              kind: 'found',
              n: request.n,
              contacts: [holder.contact],
              items: Array.from({ length: 16 }, (_, i) => `forged ${name} ${i}`),
            }
          : undefined;
    }
    const number = network.act(asker, (node) => node.search({ place }, { among: ['rings'] }, network.nowMs));
    network.run(25 * second);
    expect(asker.items(number)).toEqual([item.item]);
    const checked = asker.effects.filter((each) => each.do === 'verify' && each.item.startsWith('forged'));
    expect(checked.length).toBeGreaterThan(0);
    // One an answer, in two rings.
    expect(checked.length).toBeLessThanOrEqual(2 * liars.length);
  });

  it('do not take the place of others that wait for verification', () => {
    const given: string[] = [];
    const forged: string[] = [];
    const verifications = new Verifications(
      () => {},
      (from) => forged.push(from.id.text),
    );
    const ask = (from: number, item: string, settled: (verdict: Verdict) => void): void =>
      verifications.ask(
        item,
        { place: recordPlaceOf(keyOf(from)) },
        { id: keyOf(from), archive: 'archive', role: 'server' },
        settled,
      );
    const honest: (Verdict | undefined)[] = [];
    for (let i = 0; i < 8; i++) ask(1, `true ${i}`, (verdict) => (honest[i] = verdict));
    for (let i = 0; i < 2_000; i++) {
      ask(2 + (i % 4), `forged ${i}`, (verdict) => {
        if (!verdict.ok) given.push(verdict.code);
      });
    }
    for (let i = 8; i < 16; i++) ask(1, `true ${i}`, (verdict) => (honest[i] = verdict));
    expect(verifications.open).toBe(dhtLimits.checksOpenMax);
    expect(honest.filter((verdict) => verdict !== undefined)).toEqual([]);
    expect(new Set(given)).toEqual(new Set(['quota-exceeded']));
    // To be given up is nobody's fault.
    expect(forged).toEqual([]);
  });
});

describe('a contact that asks and never answers', () => {
  it('leaves the table all the same', () => {
    const network = new Network({ seed: 92 }).grow(12);
    network.keepsEffects = true;
    const [member, taker] = network.all as [Member, Member];
    expect(member.node.contacts(100)).toContainEqual(expect.objectContaining(taker.contact));
    taker.isSilent = true;
    for (let n = 1; n <= 300; n++) {
      network.run(500);
      network.tell(member, senderOf(taker), { kind: 'ping', n });
      if (n % 20 !== 0) continue;
      network.act(member, (node) =>
        node.search({ place: recordPlaceOf(taker.contact.id) }, { among: ['rings'] }, network.nowMs),
      );
    }
    expect(member.node.contacts(100)).not.toContainEqual(expect.objectContaining(taker.contact));
  });
});

describe('late answers', () => {
  it('are not held against the contacts of an archive that has too much to do', () => {
    const lateness = new Lateness();
    const of = (number: number, archive: string) => ({ id: keyOf(number), archive });
    expect(lateness.isItsOwn(of(1, 'busy'), 0)).toBe(true);
    expect(lateness.isItsOwn(of(2, 'busy'), 1)).toBe(true);
    for (let round = 0; round < 100; round++) {
      for (let number = 1; number <= 5; number++) {
        if (round > 0 || number > 2) expect(lateness.isItsOwn(of(number, 'busy'), 10 + round)).toBe(false);
      }
    }
    // One of another archive alone, or again and again, is to blame.
    for (let i = 0; i < 3; i++) expect(lateness.isItsOwn(of(9, 'idle'), 200 + i)).toBe(true);
    expect(lateness.isItsOwn(of(1, 'busy'), 200 + dhtLimits.lateTogetherMs)).toBe(true);
  });

  it('that come when the node has stood still are not unasked, and few are blamed', () => {
    const network = new Network({ seed: 93 });
    network.keepsEffects = true;
    const member = network.add();
    const others = Array.from({ length: 60 }, () => network.add());
    const asked = others.map((other) => {
      other.isSilent = true;
      network.act(member, (node) => node.deliver(other.contact, 'signal', new Uint8Array(1), network.nowMs));
      return { other, n: requestsTo(member, other).at(-1)!.n };
    });
    network.run(dhtSettings.deliverMs + second);
    for (const { other, n } of asked) network.tell(member, senderOf(other), { kind: 'delivered', n });
    const told = blamed(member);
    expect(told.map((each) => (each as { what: string }).what)).not.toContain('unasked-answer');
    expect(told.length).toBeLessThan(20);
  });

  it('are not held against a contact that was called gone', () => {
    const network = new Network({ seed: 94 });
    network.keepsEffects = true;
    const [member, other] = [network.add(), network.add()];
    for (let i = 0; i < 20; i++) {
      other.isSilent = true;
      network.act(member, (node) => node.deliver(other.contact, 'signal', new Uint8Array(1), network.nowMs));
      const { n } = requestsTo(member, other).at(-1)!;
      network.act(member, (node) => node.gone(other.contact.id, network.nowMs));
      network.tell(member, senderOf(other), { kind: 'delivered', n });
    }
    expect(blamed(member)).toEqual([]);
  });
});

describe('a store that is full of what is pinned', () => {
  it('keeps the revision that it holds when the next one does not fit', () => {
    const settings = { ...dhtSettings, itemsMax: 10, bytesMax: 400 };
    const store = new ItemStore({ settings, nowMs: 0, random: chance(5) });
    const head = { kind: 'head', key: keyOf(1) } as const;
    const first: VerifiedItem = itemOf(keyOf(2), 1);
    const longer: VerifiedItem = { ...itemOf(keyOf(3), 2), item: 'true '.padEnd(300, 'x') };
    expect(store.put(head, first, { isCached: false, leftMs: second })).toBe('kept');
    const pinned: VerifiedItem = { ...itemOf(keyOf(4)), item: 'true '.padEnd(300, 'y') };
    store.put(recordPlaceOf(pinned.id), pinned, { isCached: false, isPinned: true, leftMs: second });
    expect(store.put(head, longer, { isCached: false, leftMs: second })).toBe('full');
    expect(store.at(head).map(({ item }) => item)).toEqual([first]);
  });

  it('replaces a revision by one of the same size, and nothing else goes', () => {
    const settings = { ...dhtSettings, itemsMax: 2 };
    const store = new ItemStore({ settings, nowMs: 0, random: chance(6) });
    const head = { kind: 'head', key: keyOf(1) } as const;
    const other = itemOf(keyOf(9));
    store.put(recordPlaceOf(other.id), other, { isCached: false, leftMs: second });
    store.put(head, itemOf(keyOf(2), 1), { isCached: false, leftMs: second });
    expect(store.put(head, itemOf(keyOf(3), 2), { isCached: false, leftMs: second })).toBe('kept');
    expect(store.at(head).map(({ item }) => item.iat)).toEqual([2]);
    expect(store.at(recordPlaceOf(other.id))).toHaveLength(1);
  });
});

describe('who wants stored more than a place holds', () => {
  it('is counted, and nothing of it is verified', () => {
    const network = new Network({ seed: 95 }).grow(5);
    network.keepsEffects = true;
    const [member, spammer] = network.all as [Member, Member];
    const { id, item } = network.make();
    const store: Message = {
      kind: 'store',
      n: 1,
      place: recordPlaceOf(id),
      ring: 0,
      items: [item, 'forged 1'],
      cached: true,
    };
    network.tell(member, senderOf(spammer), store);
    expect(member.effects.filter((each) => each.do === 'verify')).toEqual([]);
    expect(blamed(member)).toMatchObject([{ what: 'invalid-message' }]);
  });
});
