import { describe } from '@jest/globals';
import { MemoryWakeQueue } from './memory-wake-queue.js';
import { wakeQueueContract } from './wake-queue.contract-spec.js';

describe('the wake queue in memory', () => {
  wakeQueueContract(async (trouble) => ({ queue: new MemoryWakeQueue(trouble), close: async () => {} }));
});
