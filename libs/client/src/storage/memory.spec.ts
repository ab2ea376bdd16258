import { describe, it } from '@jest/globals';
import { storageContract } from '../../test/storage-contract.js';
import { memoryStorage } from './memory.js';

describe('the memory storage', () => {
  for (const { name, run } of storageContract) {
    it(name, () => run({ open: async () => memoryStorage(), isLasting: false }));
  }
});
