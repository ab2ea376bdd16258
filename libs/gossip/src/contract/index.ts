/** @holdfast/gossip/contract: what every implementation of the ports keeps true, as cases without a test framework. */
export type { ContractCase } from './case.js';
export {
  departureStoreContract,
  type DepartureStoreUnderTest,
  type OpenDepartureStore,
} from './departure-store.js';
export { progressStoreContract, type ProgressStoreUnderTest } from './progress-store.js';
export { recordStoreContract, type RecordStoreUnderTest } from './record-store.js';
