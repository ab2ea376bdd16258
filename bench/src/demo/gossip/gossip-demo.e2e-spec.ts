import { describe, expect, it } from '@jest/globals';
import { corpusFiles } from '../mail/import-corpus.js';
import { growTogether } from './gossip-demo.js';

const mails = 400;
/** Ends what hangs. */
const msMax = 900_000;

describe('three archives that gossip', () => {
  it(
    'hold the same in the end, though paths were cut, archives killed, and one came late',
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const { figures, kills, retracted } = await growTogether({
        files: corpusFiles().slice(0, mails),
        postgres: 'test-cluster',
        seed,
        say: () => undefined,
      });
      expect({ seed, ...figures }).toMatchObject({ seed, archives: 3, records: mails, missing: 0 });
      expect(Math.min(kills, retracted)).toBeGreaterThan(0);
    },
    msMax,
  );
});
