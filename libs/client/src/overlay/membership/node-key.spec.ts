import { describe, expect, it } from '@jest/globals';
import { memoryStorage } from '../../index.js';
import { put } from '../../storage/storage.js';
import { openNodeKey } from './node-key.js';

const never = (error: unknown): never => {
  throw error;
};

describe('the key of a node', () => {
  it('is the same after a restart', async () => {
    const storage = memoryStorage();
    const first = await openNodeKey(storage, never);
    await first.letGo();
    const second = await openNodeKey(storage, never);
    expect(second.key.publicKey).toEqual(first.key.publicKey);
  });

  it.each(['{"kty":"OKP"', '', 'null', '{}'])(
    'that was kept as %p gives way to another one, which is kept, and that is told once',
    async (text) => {
      const storage = memoryStorage();
      const failures: unknown[] = [];
      await storage.write([put('overlay/key', text)]);
      const first = await openNodeKey(storage, (error) => failures.push(error));
      expect(failures).toEqual([expect.objectContaining({ code: 'storage-failed' })]);
      await first.letGo();
      const second = await openNodeKey(storage, never);
      expect(second.key.publicKey).toEqual(first.key.publicKey);
    },
  );
});
