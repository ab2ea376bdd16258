import { describe, expect, it } from '@jest/globals';
import { surviveLosses } from './crates-demo.js';

/** The demo sends 2,000; archives die as often a second on the way of fewer, which takes the less time. */
const crates = 350;
/** Ends what hangs. */
const msMax = 1_800_000;

describe('messages for people who are away', () => {
  it(
    'arrive once, though archives are killed again and again and one is lost with its disk',
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const figures = await surviveLosses({ crates, postgres: 'test-cluster', seed, say: () => undefined });
      expect({ seed, ...figures }).toMatchObject({
        seed,
        sent: crates,
        durable: crates,
        delivered: crates,
        lost: 0,
        early: 0,
        rolledBack: 0,
        repeated: 0,
      });
      expect(figures.kills).toBeGreaterThan(0);
    },
    msMax,
  );
});
