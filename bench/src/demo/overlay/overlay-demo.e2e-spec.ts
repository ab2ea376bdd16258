/** Promise P8: archives gone, and clients go on. What is hot is found, nothing is lost. */
import { describe, expect, it } from '@jest/globals';
import { goOnAlone } from './overlay-demo.js';

const clients = 8;
/** Ends what hangs. */
const msMax = 900_000;

describe('clients whose archives have all been killed', () => {
  it(
    'find what is hot, publish and write to each other, and lose nothing when the archives return',
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const figures = await goOnAlone({ clients, postgres: 'test-cluster', seed, say: () => undefined });
      expect({ seed, ...figures }).toMatchObject({
        clients,
        archivesKilled: 2,
        notesFound: clients,
        messagesDelivered: clients,
        lost: 0,
      });
      expect(figures.directLinks).toBeGreaterThan(0);
      expect(figures.hits).toBeGreaterThanOrEqual(figures.gets * 0.95);
    },
    msMax,
  );
});
