/** @holdfast/gossip: what two archives say to each other, without IO; time, chance, storage and wire are ports. */
export type { LinkEnd } from './life.js';
export { gossipLimits } from './limits.js';
export { LinkShared, openLink, type Link, type LinkOptions } from './link.js';
export type * from './ports.js';
export { agree, isInAgreedScope, scopeNameOf } from './scope.js';
export type { LinkStage, LinkStats } from './stats.js';
export type { Comparison } from './taking/compare.js';
