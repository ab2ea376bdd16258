/**
 * Who the other archives are: trusted and blocked as the operator of this one says, pending where nobody has said
 * anything yet. Every change is made through here, so that what runs with a peer hears of it; nobody becomes trusted in
 * any other way (spec/peers.md, "States").
 */
import { Injectable } from '@nestjs/common';
import type { PeerExchange, ProgressStore, ProposedPeer } from '@holdfast/gossip';
import { decodePublicKey, HoldfastError, isArchiveUrl } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
import { isPrivateUrl } from '../platform/http/network-reach.js';
import type { Peer, PeerTrouble } from './peer.js';
import { PeerRepository, type KeptKeys } from './peer.repository.js';

/** Told of the id whose state or address the operator has changed. */
export type PeerListener = (id: string) => void;

@Injectable()
export class PeerBook {
  private async requireRoomFor(id: string): Promise<void> {
    const known = await this.peers.list();
    const others = known.filter((peer) => peer.state === 'trusted' && peer.id !== id);
    if (others.length < archiveLimits.trustedPeersMax) return;
    const sentence = `At most ${archiveLimits.trustedPeersMax} archives can be trusted: remove one first.`;
    throw new HoldfastError('quota-exceeded', sentence);
  }

  private readonly listeners: PeerListener[] = [];

  constructor(
    private readonly peers: PeerRepository,
    private readonly identity: ArchiveIdentity,
    private readonly address: ArchiveAddress,
  ) {}

  onChange(listener: PeerListener): void {
    this.listeners.push(listener);
  }

  /** The trusted first. */
  list(): Promise<Peer[]> {
    return this.peers.list();
  }

  find(id: string): Promise<Peer | undefined> {
    return this.peers.find(id);
  }

  /**
   * The operator wants this one at this address.
   * @throws HoldfastError `archive-foreign` for this archive itself; `quota-exceeded`
   */
  async add(id: string, url: string): Promise<Peer> {
    if (id === this.identity.id) {
      throw new HoldfastError('archive-foreign', 'That is the address of this archive itself.');
    }
    await this.requireRoomFor(id);
    const added = await this.peers.add(id, url);
    this.changed(id);
    return added;
  }

  /** It has proved who it is, and wants a link. `url`: where it says that it is. */
  asked(id: string, url: string | undefined): Promise<Peer> {
    return this.peers.asked(id, url);
  }

  /** @throws HoldfastError `peer-unknown`, `quota-exceeded` */
  async approve(id: string): Promise<Peer> {
    await this.requireRoomFor(id);
    return this.setState(id, 'trusted');
  }

  /** @throws HoldfastError `peer-unknown` */
  async block(id: string): Promise<Peer> {
    return this.setState(id, 'blocked');
  }

  /** @throws HoldfastError `peer-unknown` */
  async remove(id: string): Promise<void> {
    if (!(await this.peers.remove(id))) throw unknown();
    this.changed(id);
  }

  heard(id: string): Promise<void> {
    return this.peers.heard(id);
  }

  /** Something went wrong with it. */
  trouble(id: string, trouble: PeerTrouble): Promise<void> {
    return this.peers.trouble(id, trouble);
  }

  /** What went wrong is over. */
  fine(id: string): Promise<void> {
    return this.peers.fine(id);
  }

  keys(id: string): Promise<KeptKeys | undefined> {
    return this.peers.keys(id);
  }

  keepKeys(id: string, endorsements: readonly string[]): Promise<void> {
    return this.peers.keepKeys(id, endorsements);
  }

  progressWith(id: string): ProgressStore {
    return {
      load: () => this.peers.loadProgress(id),
      save: (progress) => this.peers.saveProgress(id, progress),
      synced: (theirHorizon) => this.peers.synced(id, theirHorizon),
    };
  }

  exchangeWith(id: string): PeerExchange {
    return {
      known: async () => (await this.peers.known(id)).filter(({ url }) => this.mayTell(url)),
      propose: (told) =>
        this.peers.propose(
          id,
          told.filter((each) => this.isProposal(each)),
        ),
    };
  }

  /** Of the horizons of trusted peers with which the sets have been the same. */
  earliestHorizon(): Promise<number | undefined> {
    return this.peers.earliestHorizon();
  }

  private async setState(id: string, state: 'trusted' | 'blocked'): Promise<Peer> {
    const peer = await this.peers.setState(id, state);
    if (peer === undefined) throw unknown();
    this.changed(id);
    return peer;
  }

  /** Addresses of a network that others are not in tell them nothing, and are nobody else's business. */
  private mayTell(url: string): boolean {
    return this.address.isPrivate || !isPrivateUrl(url);
  }

  private isProposal({ id, url }: ProposedPeer): boolean {
    return id !== this.identity.id && decodePublicKey(id) !== undefined && isArchiveUrl(url);
  }

  private changed(id: string): void {
    for (const listener of this.listeners) listener(id);
  }
}

const unknown = (): HoldfastError =>
  new HoldfastError('peer-unknown', 'No archive with this id has been added here, or has asked.');
