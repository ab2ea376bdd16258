/** @holdfast/simulation: worlds in virtual time in which the same code runs that runs in archives and clients. */
export { AdversaryNode, type AdversaryInit } from './archives/adversary-node.js';
export { ArchiveNode, proofOf, type ArchiveInit } from './archives/archive-node.js';
export { callArchive, type Caller } from './archives/crates/crate-call.js';
export type { Crate, DepositStatus, NamedArchives } from './archives/crates/messages.js';
export type { CrashPoint, DiskSpeed } from './archives/disk.js';
export { Random } from './chance/random.js';
export { CrateWatch, type CrateHolder } from './checkers/crate-watch.js';
export {
  differencesOf,
  isMeant,
  keptInSpiteOfRetraction,
  lost,
  type Holder,
  type Holdings,
} from './checkers/holdings.js';
export { Transfers } from './checkers/transfers.js';
export { churnModels, sessionsOf, type ChurnModel } from './clients/churn.js';
export { connectionLost, type ConnectionEnd, type EndListener, type Frame } from './network/connection.js';
export { goodLink, type LinkQuality } from './network/link-quality.js';
export {
  Network,
  noticedAtOnce,
  noticedLate,
  type Accept,
  type DialListener,
  type NetworkInit,
  type Noticing,
} from './network/network.js';
export { Life } from './nodes/life.js';
export { Node } from './nodes/node.js';
export { World, type WorldInit } from './nodes/world.js';
export type { AgedHits, Charts, Hits, Outcome, RoleLoad } from './scenarios/outcome.js';
export { runScenario, type Progress, type Run, type RunInit } from './scenarios/run.js';
export {
  archiveLies,
  scenarioDefaults,
  scenarios,
  type ScenarioChoices,
  type ScenarioName,
} from './scenarios/scenario.js';
export { VirtualClock, type Drain, type Timer, type VirtualClockInit } from './time/virtual-clock.js';
export { Trace, type TraceInit } from './trace/trace.js';
