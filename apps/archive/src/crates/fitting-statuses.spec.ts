import { describe, expect, it } from '@jest/globals';
import { limits, parseAnswer, type CrateStatus } from '@holdfast/protocol';
import { fittingStatuses } from './fitting-statuses.js';

const crateOf = (i: number) => Buffer.alloc(32, i % 256).toString('base64url');
const errandOf = (i: number) => ({ url: `https://a${i}.example/${'x'.repeat(2000)}`, attempts: i });
const heldAt = (others: number, i: number): CrateStatus => ({
  crate: crateOf(i),
  status: 'accepted',
  custody: Array.from({ length: others + 1 }, () => 'x'.repeat(400)),
  errands: Array.from({ length: others }, (_, errand) => errandOf(errand)),
});
const members = (statuses: readonly CrateStatus[]) =>
  statuses.map(({ custody, errands }) => [custody !== undefined, errands !== undefined]);
const [all, promises, state] = [
  [true, true],
  [true, false],
  [false, false],
];

describe('the statuses of many crates', () => {
  it('have room in one frame, with all that can stand beside them', () => {
    const most = Array.from({ length: limits.statusCratesMax }, (_, i) => heldAt(limits.holdersMax, i));
    const statuses = fittingStatuses(most);
    const frame = JSON.stringify({ op: 'statuses', n: limits.requestNumberMax, statuses });
    expect(frame.length).toBeLessThanOrEqual(limits.frameSizeBytesMax);
    expect(frame.length).toBeGreaterThan(limits.frameSizeBytesMax - 8_000);
    expect(parseAnswer(frame)).toBeDefined();
    expect(statuses.map(({ crate }) => crate)).toEqual(most.map(({ crate }) => crate));
  });

  it('lose their errands first, and then their receipts, the last ones before the others', () => {
    const held = [0, 1, 2].map((i) => heldAt(2, i));
    const bytes = (statuses: readonly CrateStatus[]) => JSON.stringify(statuses).length;
    const fit = (bytesMax: number) => members(fittingStatuses(held, bytesMax));
    const whole = bytes(held);
    expect(fit(whole)).toEqual([all, all, all]);
    expect(fit(whole - 1_000)).toEqual([all, all, promises]);
    const plain = bytes(held.map(({ crate, status, custody }) => ({ crate, status, custody })));
    expect(fit(plain)).toEqual([promises, promises, promises]);
    expect(fit(plain - 1_000)).toEqual([promises, promises, state]);
    expect(fit(0)).toEqual([state, state, state]);
  });

  it('keep how the crates left, whatever the room', () => {
    const gone: CrateStatus = { crate: crateOf(1), status: 'delivered', proof: crateOf(2) };
    expect(fittingStatuses([gone], 0)).toEqual([gone]);
  });
});
