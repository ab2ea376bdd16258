import { describe, expect, it } from '@jest/globals';
import { parseDuration } from './duration.js';

describe('a duration', () => {
  it.each([
    ['30s', 30],
    ['5m', 300],
    ['1h', 3600],
    ['7d', 604_800],
    ['2w', 1_209_600],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: seconds });
  });

  it.each(['', '30', 's', '0s', '-1s', '1.5h', '1 h', '1H', '1y', '1h30m', '999999999w', '١s'])(
    '%j is refused, with the code of a usage error',
    (text) => {
      expect(parseDuration(text)).toMatchObject({ ok: false, code: 'usage-invalid' });
    },
  );
});
