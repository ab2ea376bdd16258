import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { archives, contactIn, keyIn, run, self, settings, textsOf } from '../../test/tables.js';
import { commonPrefix, compareDistance, type Key } from '../keys/key.js';
import type { Contact } from './contact.js';
import { RoutingTable } from './routing-table.js';

const anyContact = fc
  .tuple(fc.nat({ max: 9 }), fc.nat({ max: 11 }), fc.constantFrom(...archives))
  .map(([prefix, number, archive]) => contactIn(prefix, number, archive));
const anyStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('heard' as const), contact: anyContact }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('failed' as const), contact: anyContact }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gone' as const), contact: anyContact }) },
);

const byDistance = (contacts: readonly Contact[], target: Key) =>
  contacts.toSorted((a, b) => compareDistance(target, a.id, b.id));
const bucketOf = (contact: Contact) => commonPrefix(self, contact.id);
/** Those of a bucket that are no siblings. */
function othersIn(contacts: readonly Contact[], bucket: number): Contact[] {
  const siblings = byDistance(contacts, self).slice(0, settings.siblings);
  return contacts.filter((one) => bucketOf(one) === bucket && !siblings.includes(one));
}
const ofArchive = (contacts: readonly Contact[], archive: string) =>
  contacts.filter((one) => one.archive === archive).length;

const runs = { numRuns: 100 };
const anySteps = fc.array(anyStep, { maxLength: 150, size: 'max' });

describe('a routing table', () => {
  it('answers exactly the closest of those that it holds', () => {
    const anyTarget = fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 99 })).map(([p, n]) => keyIn(p, n));
    fc.assert(
      fc.property(anySteps, anyTarget, fc.nat({ max: 30 }), (steps, target, count) => {
        const table = run(steps.filter((step) => step.do !== 'failed'));
        const expected = byDistance(table.all(), target).slice(0, count);
        expect(textsOf(table.closest(target, count))).toEqual(textsOf(expected));
      }),
      runs,
    );
  });

  it('has all of the closest to itself that it holds as siblings', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const table = run(steps.filter((step) => step.do !== 'failed'));
        const expected = byDistance(table.all(), self).slice(0, settings.siblings);
        expect(textsOf(table.siblings())).toEqual(textsOf(expected));
      }),
      runs,
    );
  });

  it('tells which buckets beyond its siblings are less than half full', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const table = run(steps);
        const near = byDistance(table.all(), self).slice(0, settings.siblings);
        const beyond = near.length < settings.siblings ? 0 : bucketOf(near.at(-1)!);
        const counts = Array.from({ length: beyond }, (_, bucket) => othersIn(table.all(), bucket).length);
        const thin = counts.flatMap((count, bucket) => (count < settings.bucketSize / 2 ? [bucket] : []));
        expect(table.thinBuckets()).toEqual(thin);
      }),
      runs,
    );
  });

  it('takes in whoever is nearer than one of its siblings, however full the bucket', () => {
    fc.assert(
      fc.property(anySteps, anyContact, (steps, newcomer) => {
        const table = run(steps);
        const nearer = table.all().filter((one) => compareDistance(self, one.id, newcomer.id) < 0);
        table.heard(newcomer, steps.length);
        if (nearer.length < settings.siblings) expect(table.has(newcomer.id)).toBe(true);
      }),
      runs,
    );
  });

  it('never holds itself, nor anybody twice, nor more of a bucket than there is room for', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const table = run(steps, (it) => {
          const held = it.all();
          const buckets = [...new Set(held.map(bucketOf))];
          const most = Math.max(0, ...buckets.map((bucket) => othersIn(held, bucket).length));
          if (most > settings.bucketSize) throw new Error(`${most} in one bucket`);
          if (new Set(textsOf(held)).size < held.length) throw new Error('somebody twice');
        });
        table.heard({ id: self, archive: archives[0]! }, steps.length);
        expect(table.has(self)).toBe(false);
      }),
      runs,
    );
  });

  it('gives nobody up for a newcomer but who is no sibling any more, or whose archive has more than its share', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        run(steps, (table, step, before) => {
          if (step.do !== 'heard') return;
          const lost = before.filter((one) => !table.has(one.id));
          if (lost.length === 0) return;
          expect(lost).toHaveLength(1);
          const others = othersIn(before, bucketOf(lost[0]!));
          const isOverShare = ofArchive(others, lost[0]!.archive) > settings.perArchiveInBucket;
          expect(!others.includes(lost[0]!) || isOverShare).toBe(true);
          expect(table.has(step.contact.id)).toBe(true);
        });
      }),
      runs,
    );
  });

  it('leaves no room in a bucket while it knows somebody who has answered and would fit', () => {
    fc.assert(
      fc.property(fc.array(anyContact, { maxLength: 100, size: 'max' }), fc.nat(), (contacts, which) => {
        const table = run(contacts.map((contact) => ({ do: 'heard' as const, contact })));
        const held = [...table.all()];
        fc.pre(held.length > 0);
        table.gone(held[which % held.length]!.id);
        const waiting = contacts.filter((one) => !held.some((other) => other.id.equals(one.id)));
        for (const bucket of new Set(waiting.map(bucketOf))) {
          expect(othersIn(table.all(), bucket)).toHaveLength(settings.bucketSize);
        }
      }),
      runs,
    );
  });
});

describe('a full bucket', () => {
  const full = [0, 1, 2, 3].map((number) => contactIn(0, number, archives[number % 2]));
  const near = [0, 1, 2, 3, 4].map((number) => contactIn(5, number));
  const fullTable = (contacts = full): RoutingTable =>
    run([...near, ...contacts].map((contact) => ({ do: 'heard', contact })));
  const newcomers = Array.from({ length: 200 }, (_, i) => contactIn(0, i + 100, `archive-${i}`));

  it('of live contacts takes no newcomer, however many come from however many archives', () => {
    const table = fullTable();
    newcomers.forEach((newcomer, i) => table.heard(newcomer, 100 + i));
    expect(textsOf(table.all().filter((one) => bucketOf(one) === 0))).toEqual(textsOf(full));
    expect(table.wants(newcomers[0]!)).toBe(false);
  });

  it('takes the newest of those that have answered when one leaves', () => {
    const table = fullTable();
    newcomers.forEach((newcomer, i) => table.heard(newcomer, 100 + i));
    table.gone(full[2]!.id);
    expect(table.has(full[2]!.id)).toBe(false);
    expect(table.has(newcomers.at(-1)!.id)).toBe(true);
    expect(textsOf(table.due(300, Number.MAX_VALUE, 1))).toEqual([newcomers.at(-1)!.id.text]);
  });

  it('does not take who has left meanwhile', () => {
    const table = fullTable();
    newcomers.forEach((newcomer, i) => table.heard(newcomer, 100 + i));
    table.gone(newcomers.at(-1)!.id);
    table.failed(newcomers.at(-2)!.id);
    table.gone(full[0]!.id);
    expect(table.has(newcomers.at(-1)!.id)).toBe(false);
    expect(table.has(newcomers.at(-2)!.id)).toBe(false);
    expect(table.size).toBe(near.length + full.length - 1);
  });

  it('of one archive gives places to those of others, up to its share', () => {
    const table = fullTable([0, 1, 2, 3].map((number) => contactIn(0, number, archives[0])));
    expect(table.wants(newcomers[0]!)).toBe(true);
    newcomers.forEach((newcomer, i) => table.heard(newcomer, 100 + i));
    const archivesIn = table.all().filter((one) => bucketOf(one) === 0);
    expect(ofArchive(archivesIn, archives[0]!)).toBe(settings.perArchiveInBucket);
    expect(textsOf(archivesIn.slice(0, 2))).toEqual(textsOf([contactIn(0, 0), contactIn(0, 1)]));
  });

  it('keeps those of the only archive that there is', () => {
    const only = [0, 1, 2, 3].map((number) => contactIn(0, number, archives[0]));
    const table = fullTable(only);
    table.heard(contactIn(0, 50, archives[0]), 50);
    expect(textsOf(table.all().filter((one) => bucketOf(one) === 0))).toEqual(textsOf(only));
  });

  it('prefers, among those that have answered, one whose archive has few in it', () => {
    const table = fullTable();
    table.heard(contactIn(0, 90, archives[2]), 90);
    table.heard(contactIn(0, 91, archives[1]), 91);
    table.gone(full[0]!.id);
    expect(table.has(contactIn(0, 90).id)).toBe(true);
  });
});

it('a table begins another time with the longest known of every bucket', () => {
  const contacts = [contactIn(0, 1), contactIn(0, 2), contactIn(4, 1), contactIn(2, 1), contactIn(2, 2)];
  const table = run(contacts.map((contact) => ({ do: 'heard', contact })));
  const expected = [contacts[0], contacts[3], contacts[2], contacts[1], contacts[4]] as Contact[];
  expect(textsOf(table.longestKnown(8))).toEqual(textsOf(expected));
  expect(textsOf(table.longestKnown(2))).toEqual(textsOf(expected.slice(0, 2)));
});

it('an observer is never taken in', () => {
  const table = new RoutingTable(self, settings);
  table.heard({ ...contactIn(0, 1), role: 'observer' }, 0);
  expect(table.size).toBe(0);
});
