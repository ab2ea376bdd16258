/** How far an archive is with one peer, and whom it knows, in memory. */
import type { PeerExchange, Progress, ProgressStore, ProposedPeer } from '../ports.js';

export class MemoryProgress implements ProgressStore {
  progress: Progress | undefined;
  /** How often both sets were found or made the same, and the peer's horizon then. */
  syncedTimes = 0;
  theirHorizon: number | undefined;

  async load(): Promise<Progress | undefined> {
    return this.progress;
  }

  async save(progress: Progress): Promise<void> {
    this.progress = progress;
  }

  async synced(theirHorizon: number | undefined): Promise<void> {
    this.syncedTimes++;
    this.theirHorizon = theirHorizon;
  }
}

export class MemoryExchange implements PeerExchange {
  readonly proposed: ProposedPeer[] = [];

  constructor(private readonly peers: readonly ProposedPeer[] = []) {}

  async known(): Promise<readonly ProposedPeer[]> {
    return this.peers;
  }

  async propose(peers: readonly ProposedPeer[]): Promise<void> {
    this.proposed.push(...peers);
  }
}
