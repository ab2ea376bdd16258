/** @holdfast/simulation: worlds in virtual time in which the same code runs that runs in archives and clients. */
export { Random } from './chance/random.js';
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
export { VirtualClock, type Drain, type Timer, type VirtualClockInit } from './time/virtual-clock.js';
export { Trace, type TraceInit } from './trace/trace.js';
