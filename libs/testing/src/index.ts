/** Boots real archives, databases and Redis servers for tests, the benches and the demo. */
export { bootArchive, type ArchiveProcess, type BootOptions } from './archive-process.js';
export { createTestDatabase, type TestDatabase } from './database.js';
export { freePort } from './free-port.js';
export { startRedis, type RedisProcess } from './redis-process.js';
export { seedRecords, type SeededRecords } from './seed-records.js';
