/** Boots real archives, databases and Redis servers, and puts networks that fail between them, for tests, the benches and the demo. */
export { bootArchive, type ArchiveProcess, type BootOptions } from './archive-process.js';
export { createTestDatabase, type TestDatabase } from './database.js';
export {
  bootFederation,
  type Federation,
  type FederationOptions,
  type Pair,
} from './federation/federation.js';
export {
  compareRecords,
  countHeld,
  heldRecords,
  type ComparedRecords,
  type HeldRecord,
} from './federation/held-records.js';
export { operate } from './federation/operator.js';
export { NetworkPath, type PathCounters } from './network/network-path.js';
export { seededRandom } from './network/seeded-random.js';
export type { Cut, Loss, Slowness } from './network/weather.js';
export { freePort } from './free-port.js';
export { startRedis, type RedisProcess } from './redis-process.js';
export { seedRecords, type SeededRecords } from './seed-records.js';
