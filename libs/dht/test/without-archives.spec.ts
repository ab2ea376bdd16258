/** Nodes that no archive relays for any more: messages go over direct links, and by ways along which others forward. */
import { describe, expect, it } from '@jest/globals';
import type { Contact } from '../src/contacts/contact.js';
import type { Message } from '../src/messages/message.js';
import { Paths } from '../src/paths/paths.js';
import { type Member, Network, recordPlaceOf } from './network.js';

/** Carries what is sent as clients do, along links that are there and no others. */
class LinkedNetwork extends Network {
  readonly #paths = new Map<string, Paths>();

  /** Everybody with some others by chance, and none with all. */
  linkAll(each: number): void {
    const all = this.all;
    for (const one of all) this.#paths.set(one.contact.id.text, new Paths(one.contact.id));
    all.forEach((one, at) => {
      this.#link(one, all[(at + 1) % all.length]!);
      for (let i = 1; i < each / 2; i++) {
        const other = this.some;
        if (other !== one) this.#link(one, other);
      }
    });
  }

  loseArchives(): void {
    this.carriage = {
      reaches: (from, to) => this.#way(from, to),
      brought: (from, to, message) => this.#brought(from, to, message),
    };
    for (const one of this.all) this.act(one, (node) => node.relayed(false, this.nowMs));
  }

  /** That a node has no link to. */
  strangerOf({ contact }: Member): Member {
    const paths = this.#paths.get(contact.id.text)!;
    return this.all.find((other) => other.contact !== contact && !paths.isLinked(other.contact.id))!;
  }

  #link(one: Member, other: Member): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#paths.get(from.contact.id.text)!.linked(to.contact.id, true);
      this.act(from, (node) => node.linked(to.contact.id, true, this.nowMs));
    }
  }

  #way(from: Contact, to: Contact): boolean {
    const way = this.#paths.get(from.id.text)!.way(to, this.nowMs);
    if (way?.by !== 'route') return way?.by === 'link';
    const passed = [from.id, way.first, ...way.path];
    passed.slice(1).forEach((id, at) => {
      if (!this.#paths.get(passed[at]!.text)!.isLinked(id)) throw new Error('There is no such link.');
    });
    this.#paths.get(to.id.text)!.arrived(passed.slice(0, -1), this.nowMs);
    return true;
  }

  #brought(from: Contact, to: Contact, message: Message): void {
    if (message.kind !== 'found') return;
    this.#paths.get(to.id.text)!.told(from.id, message.contacts, this.nowMs);
  }
}

/** So many, some of whom have read a record, and no archive any more. */
function abandoned(seed: number, size = 60) {
  const network = new LinkedNetwork({ seed }).grow(size);
  const stored = Array.from({ length: 30 }, () => {
    const item = network.make();
    const place = recordPlaceOf(item.id);
    network.act(network.some, (node) => node.store(place, item, { pinned: false }, network.nowMs));
    return { item, place };
  });
  network.run(10_000);
  network.linkAll(8);
  network.loseArchives();
  return { network, stored };
}

describe('nodes without any archive', () => {
  it('find in the rings what was stored before, over links alone', () => {
    const { network, stored } = abandoned(71);
    network.run(10_000);
    const found = stored.filter(({ item, place }) => {
      const { items } = network.search(network.some, { place }, { among: ['rings'] });
      return items.includes(item);
    });
    expect(found.length).toBeGreaterThanOrEqual(29);
  });

  it('store what others find', () => {
    const { network } = abandoned(72);
    network.run(10_000);
    for (let i = 0; i < 20; i++) {
      const item = network.make();
      const place = recordPlaceOf(item.id);
      const [writer, reader] = [network.some, network.some];
      network.act(writer, (node) => node.store(place, item, { pinned: false }, network.nowMs));
      network.run(5_000);
      expect(network.search(reader, { place }, { among: ['rings', 'local'] }).items).toEqual([item]);
    }
  });

  it('look for a way to one that they have something for', () => {
    const { network } = abandoned(73);
    network.keepsEffects = true;
    for (const sender of network.all.slice(0, 20)) {
      const receiver = network.strangerOf(sender);
      const bytes = Uint8Array.of(network.all.indexOf(sender));
      network.act(sender, (node) => node.deliver(receiver.contact, 'crate', bytes, network.nowMs));
      network.run(10_000);
      // Nobody answers, so it comes again: under the number of the one request.
      const taken = receiver.effects.flatMap((each) =>
        each.do === 'deliver' && each.bytes[0] === bytes[0] ? [each.n] : [],
      );
      expect(new Set(taken).size).toBe(1);
    }
  });

  it('say that nobody is there when there is no way to them', () => {
    const { network } = abandoned(74, 20);
    network.keepsEffects = true;
    const sender = network.some;
    const absent = network.strangerOf(sender);
    network.leave(absent);
    const delivery = network.act(sender, (node) =>
      node.deliver(absent.contact, 'crate', Uint8Array.of(1), network.nowMs),
    );
    network.run(30_000);
    const outcomes = sender.effects.filter((each) => each.do === 'delivered');
    expect(outcomes).toMatchObject([{ delivery, outcome: expect.stringMatching(/gone|silent/) }]);
  });
});
