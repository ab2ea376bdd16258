import { describe, expect, it } from '@jest/globals';
import { contactOf } from '../../test/part-world.js';
import type { Contact } from '../contacts/contact.js';
import { dhtLimits, dhtSettings } from '../limits.js';
import { LinkChoice } from './link-choice.js';

const { linksMax, linksWanted } = dhtSettings;
const siblings = Array.from({ length: 16 }, (_, at) => contactOf(100 + at));
const friend = contactOf(1);
const numbers = (contacts: readonly Contact[]): number[] => contacts.map(({ id }) => id.head);
const often = (choice: LinkChoice, contact: Contact, nowMs: number): void => {
  for (let i = 0; i < 2 * dhtLimits.linkUsesMin; i++) choice.used(contact, nowMs);
};
const minute = 60_000;

/** Everything that is wanted opens, until nothing more is. */
function settle(choice: LinkChoice, nowMs: number, among: readonly Contact[] = siblings): number {
  let opened = 0;
  for (;;) {
    const { link } = choice.choose(among, nowMs);
    if (link.length === 0) return opened;
    for (const { to } of link) choice.linked(to.id, true, nowMs);
    opened += link.length;
  }
}

describe('the choice of direct links', () => {
  it('is the nearest siblings first, then frequent contacts, and as many as are wanted', () => {
    const choice = new LinkChoice(dhtSettings);
    often(choice, friend, 0);
    choice.used(contactOf(2), 0);
    const { link } = choice.choose(siblings, 0);
    const ofSiblings = Math.ceil(linksWanted * dhtLimits.linkSiblingShare);
    expect(link.length).toBe(linksWanted);
    expect(numbers(link.slice(0, ofSiblings).map(({ to }) => to))).toEqual(
      numbers(siblings.slice(0, ofSiblings)),
    );
    expect(link[ofSiblings]).toEqual({ to: friend, why: 'frequent' });
    expect(link.slice(ofSiblings + 1).every(({ why }) => why === 'sibling')).toBe(true);
  });

  it('keeps half of the links for contacts of every distance, also when others have taken up what is wanted', () => {
    const far = Array.from({ length: linksWanted }, (_, at) => contactOf(0x40_0000 * (at + 1)));
    const choice = new LinkChoice(dhtSettings);
    for (const contact of far.map((_, at) => contactOf(200 + at))) choice.linked(contact.id, true, 0);
    const { link } = choice.choose(siblings, 0, far);
    const whyFar = link.filter(({ why }) => why === 'far').map(({ to }) => to);
    expect(numbers(whyFar)).toEqual(numbers(far.slice(0, linksWanted / 2)));
    expect(link.length + linksWanted).toBeLessThanOrEqual(linksMax);
  });

  it('asks for nothing twice, neither while it opens nor when it is open', () => {
    const choice = new LinkChoice(dhtSettings);
    const first = choice.choose(siblings, 0).link;
    expect(choice.choose(siblings, 1_000).link).toEqual([]);
    for (const { to } of first) choice.linked(to.id, true, 2_000);
    expect(choice.choose(siblings, 3_000).link).toEqual([]);
    expect(choice.choose(siblings, 30 * minute).link).toEqual([]);
  });

  it('tries others instead of those whom no link opens to, and these later and later', () => {
    const choice = new LinkChoice(dhtSettings);
    const [alone] = siblings;
    const triedAt: number[] = [];
    for (let nowMs = 0; nowMs < 300 * minute; nowMs += 10_000) {
      if (choice.choose([alone!], nowMs).link.length > 0) triedAt.push(nowMs);
    }
    const waits = triedAt.slice(1).map((atMs, at) => atMs - triedAt[at]!);
    expect(waits.length).toBeGreaterThan(4);
    waits.slice(1).forEach((wait, at) => expect(wait).toBeGreaterThanOrEqual(waits[at]!));
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(dhtLimits.linkRestMaxMs);
    const fresh = new LinkChoice(dhtSettings);
    const tried = fresh.choose(siblings, 0).link.map(({ to }) => to);
    const next = fresh.choose(siblings, dhtLimits.linkTryMs).link.map(({ to }) => to);
    expect(next.length).toBe(siblings.length - linksWanted);
    expect(next.some((to) => tried.includes(to))).toBe(false);
  });

  it('tries again soon whom a link has long held to', () => {
    const choice = new LinkChoice(dhtSettings);
    settle(choice, 0);
    choice.linked(siblings[0]!.id, false, 20 * minute);
    expect(choice.choose(siblings, 20 * minute).link.map(({ to }) => to)).toContain(siblings[0]);
  });

  it('lets a link that breaks at once rest', () => {
    const choice = new LinkChoice(dhtSettings);
    settle(choice, 0);
    choice.linked(siblings[0]!.id, false, 1_000);
    expect(choice.choose(siblings, 1_000).link.map(({ to }) => to)).not.toContain(siblings[0]);
  });

  it('keeps links when siblings change, and closes only what is too much and has long been of no use', () => {
    const choice = new LinkChoice(dhtSettings);
    for (const sibling of siblings) choice.used(sibling, 0);
    settle(choice, 0);
    const others = Array.from({ length: 16 }, (_, at) => contactOf(500 + at));
    const { link, unlink: early } = choice.choose(others, minute);
    expect(early).toEqual([]);
    for (const { to } of link) choice.linked(to.id, true, minute);
    expect(choice.links).toBeGreaterThan(linksWanted);
    expect(choice.choose(others, 5 * minute).unlink).toEqual([]);
    choice.used(siblings[0]!, 11 * minute);
    const { unlink } = choice.choose(others, 12 * minute);
    expect(unlink.length).toBe(choice.links - linksWanted - 1);
    expect(numbers(unlink)).not.toContain(siblings[0]!.id.head);
    for (const { id } of unlink) choice.linked(id, false, 12 * minute);
    expect(choice.choose(others, 12 * minute)).toEqual({ link: [], unlink: [] });
  });

  it('never asks for more than may be open, whatever others open', () => {
    const choice = new LinkChoice(dhtSettings);
    for (let number = 0; number < linksMax - 2; number++) choice.linked(contactOf(700 + number).id, true, 0);
    often(choice, friend, 0);
    const { link } = choice.choose(siblings, 0);
    expect(link.map(({ why }) => why)).toEqual(['sibling', 'sibling']);
    for (const { to } of link) choice.linked(to.id, true, 0);
    expect(settle(choice, 0)).toBe(0);
    expect(choice.links).toBe(linksMax);
  });

  it('does not come and go when nothing changes', () => {
    const choice = new LinkChoice(dhtSettings);
    let changes = 0;
    for (let nowMs = 0; nowMs < 120 * minute; nowMs += 15_000) {
      often(choice, contactOf(1 + (nowMs % 7)), nowMs);
      const { link, unlink } = choice.choose(siblings, nowMs);
      for (const { to } of link) choice.linked(to.id, true, nowMs);
      for (const { id } of unlink) choice.linked(id, false, nowMs);
      changes += link.length + unlink.length;
    }
    expect(changes).toBeLessThanOrEqual(linksMax);
  });

  it('remembers a bounded number of contacts', () => {
    const choice = new LinkChoice(dhtSettings);
    for (let number = 0; number < 1_000; number++) {
      choice.used(contactOf(number), number);
      choice.choose([contactOf(number)], number * dhtLimits.linkTryMs);
    }
    expect(choice.remembered).toBeLessThanOrEqual(dhtLimits.linkContactsMax);
  });
});
