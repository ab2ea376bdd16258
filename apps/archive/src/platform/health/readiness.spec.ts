import { describe, expect, it } from '@jest/globals';
import { archiveLimits } from '../../limits.js';
import { Readiness } from './readiness.js';

describe('Readiness', () => {
  it('asks the database once for everybody who wants to know within a moment', async () => {
    let now = 0;
    let asked = 0;
    const database = { isThere: async () => ++asked === 1 };
    const readiness = new Readiness(database, () => now);
    const answers = Array.from({ length: 100 }, () => readiness.isDatabaseThere());
    expect(new Set(await Promise.all(answers))).toEqual(new Set([true]));
    expect(asked).toBe(1);
    now = archiveLimits.healthSharedMsMax;
    expect(await readiness.isDatabaseThere()).toBe(false);
    expect(asked).toBe(2);
  });
});
