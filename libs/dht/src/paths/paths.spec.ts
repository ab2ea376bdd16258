import { describe, expect, it } from '@jest/globals';
import { chance, keyOf } from '../../test/part-world.js';
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import { KnownLinks } from './known-links.js';
import { Paths } from './paths.js';

const contact = (number: number, archive = 'here'): Contact => ({ id: keyOf(number), archive });
const self = keyOf(1);
const [bob, carol, dave, eve] = [2, 3, 4, 5].map((number) => contact(number)) as [
  Contact,
  Contact,
  Contact,
  Contact,
];
const linked = ({ id, archive }: Contact) => ({ id, archive, linked: true });

describe('the way to a contact', () => {
  it('is a direct link, else an archive that is open, else a route, else none', () => {
    const paths = new Paths(self);
    expect(paths.way(carol, 0)).toBeUndefined();
    paths.linked(bob.id, true);
    paths.told(bob.id, [linked(carol)], 0);
    expect(paths.way(carol, 0)).toEqual({ by: 'route', first: bob.id, path: [carol.id] });
    paths.opened('here', true);
    expect(paths.way(carol, 0)).toEqual({ by: 'relay', archive: 'here' });
    paths.linked(carol.id, true);
    expect(paths.way(carol, 0)).toEqual({ by: 'link' });
  });

  it('goes back to what is left when a link or an archive has gone', () => {
    const paths = new Paths(self);
    paths.linked(bob.id, true);
    paths.linked(carol.id, true);
    paths.told(bob.id, [linked(carol)], 0);
    paths.opened('here', true);
    paths.linked(carol.id, false);
    expect(paths.way(carol, 0)?.by).toBe('relay');
    paths.opened('here', false);
    expect(paths.way(carol, 0)?.by).toBe('route');
    paths.linked(bob.id, false);
    expect(paths.way(carol, 0)).toBeUndefined();
  });

  it('is over the contact’s own archive where that is open, else over another one', () => {
    const paths = new Paths(self);
    paths.opened('there', true);
    paths.opened('here', true);
    expect(paths.way(bob, 0)).toEqual({ by: 'relay', archive: 'here' });
    expect(paths.way(contact(9, 'elsewhere'), 0)?.by).toBe('relay');
  });

  it('is not over archives for a while when they could not reach the contact', () => {
    const paths = new Paths(self);
    paths.opened('here', true);
    paths.relayGone(bob, 0);
    expect(paths.way(bob, 1)).toBeUndefined();
    expect(paths.way(carol, 1)?.by).toBe('relay');
    expect(paths.way(bob, dhtLimits.relayGoneMs)?.by).toBe('relay');
    paths.relayGone(bob, 0);
    paths.relayed(bob);
    expect(paths.way(bob, 1)?.by).toBe('relay');
    paths.relayGone(bob, 0);
    paths.opened('there', true);
    expect(paths.way(bob, 1)?.by).toBe('relay');
  });

  it('leads through several, and never over more links than a frame may take', () => {
    const paths = new Paths(self);
    paths.linked(keyOf(10), true);
    const { hopsMax } = dhtLimits;
    for (let at = 10; at < 12 + hopsMax; at++) paths.told(keyOf(at), [linked(contact(at + 1))], 0);
    const path = Array.from({ length: hopsMax - 1 }, (_, at) => keyOf(11 + at));
    expect(paths.way(contact(9 + hopsMax), 0)).toEqual({ by: 'route', first: keyOf(10), path });
    expect(paths.way(contact(10 + hopsMax), 0)).toBeUndefined();
  });

  it('is another one with every message when there are several as short, and one that has gone is left out', () => {
    const paths = new Paths(self);
    for (const { id } of [bob, carol, dave]) {
      paths.linked(id, true);
      paths.told(id, [linked(eve)], 0);
    }
    const firsts = (count: number): Key[] =>
      Array.from({ length: count }, () => {
        expect(paths.hasWay(eve, 0)).toBe(true);
        const way = paths.way(eve, 0);
        return way?.by === 'route' ? way.first : self;
      });
    expect(firsts(6)).toEqual([dave, carol, bob, dave, carol, bob].map(({ id }) => id));
    expect(paths.routeGone(carol.id, carol.id, eve.id)).toBe(true);
    expect(firsts(4)).toEqual([dave, bob, dave, bob].map(({ id }) => id));
  });

  it('is the shortest one that is known', () => {
    const paths = new Paths(self);
    paths.linked(bob.id, true);
    paths.told(bob.id, [linked(carol)], 0);
    paths.told(carol.id, [linked(dave)], 0);
    expect(paths.way(dave, 0)).toMatchObject({ path: [carol.id, dave.id] });
    paths.told(bob.id, [linked(dave)], 0);
    expect(paths.way(dave, 0)).toMatchObject({ path: [dave.id] });
  });

  it('leads back where a frame came from', () => {
    const paths = new Paths(self);
    paths.linked(dave.id, true);
    paths.arrived([bob.id, carol.id, dave.id], 0);
    expect(paths.way(bob, 0)).toEqual({ by: 'route', first: dave.id, path: [carol.id, bob.id] });
  });

  it('is known of those only that are said to be linked', () => {
    const paths = new Paths(self);
    paths.linked(bob.id, true);
    paths.told(bob.id, [carol, { ...dave, linked: false }], 0);
    expect([paths.way(carol, 0), paths.way(dave, 0)]).toEqual([undefined, undefined]);
  });

  it('is forgotten when somebody on it is gone, and after its time', () => {
    const paths = new Paths(self);
    paths.linked(bob.id, true);
    paths.told(bob.id, [linked(carol)], 0);
    paths.told(carol.id, [linked(dave)], 0);
    paths.way(dave, 0);
    expect(paths.routeGone(bob.id, carol.id, dave.id)).toBe(true);
    expect(paths.way(dave, 0)).toBeUndefined();
    expect(paths.way(carol, 0)).toBeDefined();
    expect(paths.way(carol, dhtLimits.pathMs)).toBeUndefined();
  });

  it('is not taken away by somebody whom nothing was sent through', () => {
    const paths = new Paths(self);
    paths.linked(bob.id, true);
    paths.linked(eve.id, true);
    paths.told(bob.id, [linked(carol)], 0);
    expect(paths.routeGone(bob.id, bob.id, carol.id)).toBe(false);
    paths.way(carol, 0);
    expect(paths.routeGone(eve.id, bob.id, carol.id)).toBe(false);
    expect(paths.way(carol, 0)).toBeDefined();
  });

  it('goes on relaying to a contact when the same id could not be reached at another archive', () => {
    const paths = new Paths(self);
    paths.opened('home', true);
    paths.relayGone({ ...bob, archive: 'another' }, 0);
    expect(paths.way(bob, 0)?.by).toBe('relay');
  });

  it('remembers a bounded number of contacts, whatever it is told', () => {
    const paths = new Paths(self);
    const random = chance(9);
    const any = (): Key => keyOf(Math.floor(random() * 20_000));
    for (let i = 0; i < 1_500; i++) {
      paths.told(any(), [linked(contact(Math.floor(random() * 20_000)))], i);
      paths.arrived(Array.from({ length: 8 }, any), i);
      paths.relayGone({ id: any(), archive: 'far' }, i);
    }
    expect(paths.contacts).toBeLessThanOrEqual(dhtLimits.pathContactsMax);
    expect(paths.contacts).toBeGreaterThan(dhtLimits.pathContactsMax / 2);
  });

  it('takes no more contacts from an answer than an answer may have', () => {
    const paths = new Paths(self);
    paths.told(
      bob.id,
      Array.from({ length: 100 }, (_, at) => linked(contact(100 + at))),
      0,
    );
    expect(paths.contacts).toBeLessThanOrEqual(dhtLimits.contactsPerAnswerMax + 1);
  });
});

describe('known links', () => {
  it('are known from both ends or from none, a few for each contact, the last spoken of first', () => {
    const known = new KnownLinks();
    const random = chance(2);
    const ids = Array.from({ length: 30 }, (_, at) => keyOf(at));
    for (let i = 0; i < 3_000; i++) {
      const [a, b] = [ids[Math.floor(random() * 30)]!, ids[Math.floor(random() * 30)]!];
      if (random() < 0.7) known.add(a, b, i);
      else known.remove(a, b);
      expect(known.neighbours(a, i).length).toBeLessThanOrEqual(dhtLimits.pathNeighboursMax);
    }
    for (const a of ids) {
      for (const b of known.neighbours(a, 3_000)) expect(known.neighbours(b, 3_000)).toContain(a);
    }
    const [a, b, c] = [keyOf(900), keyOf(901), keyOf(902)];
    known.add(a, b, 1);
    known.add(a, c, 2);
    expect(known.neighbours(a, 2)).toEqual([c, b]);
    known.add(a, b, 3);
    expect(known.neighbours(a, 3)).toEqual([b, c]);
    known.add(a, a, 3);
    expect(known.neighbours(a, 3)).toEqual([b, c]);
  });

  it('are let go of when nobody has spoken of them for their time', () => {
    const known = new KnownLinks();
    const [a, b, c, d] = [keyOf(900), keyOf(901), keyOf(902), keyOf(903)];
    known.add(a, b, 0);
    known.add(b, c, 1);
    known.add(c, d, dhtLimits.pathMs);
    expect(known.contacts).toBe(3);
    expect(known.neighbours(c, dhtLimits.pathMs)).toEqual([d, b]);
    known.add(c, d, dhtLimits.pathMs + 1);
    expect(known.contacts).toBe(2);
    known.add(a, b, 2 * dhtLimits.pathMs + 1);
    expect(known.contacts).toBe(2);
  });
});
