/** @holdfast/gossip/memory: an archive in memory behind the ports, for simulations and tests. */
export { MemoryDepartures, type DepositDecision, type MemoryDeparturesOptions } from './memory-departures.js';
export { MemoryExchange, MemoryProgress } from './memory-progress.js';
export { MemoryRecords, type MemoryRecordsOptions, type Verify } from './memory-records.js';
export { sealRecord, simulatedAuthor, verifySealed } from './sealed-record.js';
