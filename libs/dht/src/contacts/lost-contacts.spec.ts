import { describe, expect, it } from '@jest/globals';
import { contactIn, run, textsOf } from '../../test/tables.js';
import type { Contact } from './contact.js';
import type { RoutingTable } from './routing-table.js';

describe('a contact that does not answer', () => {
  const [one, other] = [contactIn(0, 1), contactIn(1, 1)];
  const tableOf = (...contacts: readonly Contact[]): RoutingTable =>
    run(contacts.map((contact) => ({ do: 'heard', contact })));

  it('is passed over after the first time, and forgotten after the second', () => {
    const table = tableOf(one, other);
    table.failed(one.id);
    expect(textsOf(table.closest(one.id, 1))).toEqual([other.id.text]);
    expect(textsOf(table.closest(one.id, 2))).toEqual([one.id.text, other.id.text]);
    table.heard(other, 5);
    table.failed(one.id);
    expect(textsOf(table.all())).toEqual([other.id.text]);
  });

  it('is as good as before when it answers again', () => {
    const table = tableOf(one, other);
    table.failed(one.id);
    table.heard(one, 5);
    table.failed(one.id);
    expect(table.has(one.id)).toBe(true);
  });

  it('is not as good as before for having asked something itself, but there', () => {
    const table = tableOf(one, other);
    table.failed(one.id);
    table.asked({ ...one, role: 'server' }, 200);
    table.heard(other, 200);
    expect(table.due(210, 100, 8)).toEqual([one]);
    table.failed(one.id);
    expect(table.has(one.id)).toBe(false);
    table.asked({ ...other, role: 'server' }, 400);
    expect(table.due(410, 100, 8)).toEqual([]);
  });

  it('beside another archive than its own is somebody else', () => {
    const table = tableOf(one, other);
    for (let time = 0; time < 3; time++) {
      table.failed(one.id, 'archive-z');
      table.heard(other, time);
    }
    table.gone(one.id, 'archive-z');
    expect(table.closest(one.id, 1)).toEqual([one]);
    table.gone(one.id, one.archive);
    expect(table.has(one.id)).toBe(false);
  });

  it('is not forgotten while nobody else answers either', () => {
    const table = tableOf(one, other);
    for (let time = 0; time < 5; time++) for (const { id } of [one, other]) table.failed(id);
    expect(table.size).toBe(2);
  });

  it('is due to be checked, before those that are only quiet', () => {
    const table = tableOf(one, other);
    table.heard(other, 10);
    expect(table.due(10, 100, 8)).toEqual([]);
    expect(table.due(105, 100, 8)).toEqual([one]);
    table.failed(other.id);
    expect(table.due(10, 100, 8)).toEqual([other]);
    expect(table.due(200, 100, 8)).toEqual([one, other]);
    expect(table.due(200, 100, 1)).toEqual([one]);
  });

  it('is let go at once when it cannot be reached, and when it has become an observer', () => {
    const table = tableOf(one, other);
    table.gone(one.id);
    table.heard({ ...other, role: 'observer' }, 9);
    expect(table.size).toBe(0);
  });
});

describe('a contact that was slow', () => {
  it('has not left when it is heard of again', () => {
    const table = run([{ do: 'heard', contact: contactIn(0, 1) }]);
    const slow = contactIn(1, 1);
    table.heard(slow, 1);
    for (let at = 2; at < 4; at++) {
      table.failed(slow.id);
      table.heard(contactIn(0, 1), at);
    }
    expect(table.has(slow.id)).toBe(false);
    const { meanMs } = table.lifetimes;
    table.heard(slow, 4);
    expect(table.has(slow.id)).toBe(true);
    expect(table.lifetimes.meanMs).toBeGreaterThan(meanMs);
  });
});
