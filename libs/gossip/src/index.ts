/** @holdfast/gossip: what two archives say to each other, without IO; time, chance, storage and wire are ports. */
export type * from './ports.js';
