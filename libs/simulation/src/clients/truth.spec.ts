import { describe, expect, it } from '@jest/globals';
import { Random } from '../chance/random.js';
import { randomKey, Truth } from './truth.js';

describe('the truth of a world', () => {
  const truth = new Truth(Random.stream(1, 'truth.spec'));
  const [record, other] = [truth.makeRecord('hot', 1_800_000_000), truth.makeRecord('cold', 1_800_000_001)];

  it('accepts a record at its place', () => {
    const { item, id, iat, place } = record;
    expect(truth.verdictOn(item, { place })).toEqual({ ok: true, item: { item, id, iat } });
  });

  it('refuses what nobody has signed, and what belongs elsewhere', () => {
    expect(truth.verdictOn(`${record.item}A`, { place: record.place }).ok).toBe(false);
    expect(truth.verdictOn(record.item, { place: other.place }).ok).toBe(false);
    const head = { kind: 'head', key: randomKey(truth.random) } as const;
    expect(truth.verdictOn(record.item, { place: head }).ok).toBe(false);
  });

  it('has records of different sizes, none larger than the bound', () => {
    const sizes = Array.from({ length: 500 }, () => truth.makeRecord('warm', 0).item.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16_384);
    expect(new Set(sizes).size).toBeGreaterThan(100);
  });
});
