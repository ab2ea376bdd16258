import { describe, expect, it } from '@jest/globals';
import type { Log } from './log.js';
import { SpacedWarnings } from './spaced-warnings.js';

describe('warnings that repeat', () => {
  it('are logged at once, then spaced, and tell how many were left out', () => {
    const logged: object[] = [];
    let now = 0;
    const log = { warn: (facts: object) => logged.push(facts) } as unknown as Log;
    const warnings = new SpacedWarnings(log, 1000, () => now);
    for (now = 0; now < 2000; now += 100) warnings.warn({ at: now }, 'the database is away');
    expect(logged).toEqual([{ at: 0 }, { at: 1000, leftOut: 9 }]);
  });
});
