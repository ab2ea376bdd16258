/** What this archive dials its peers with: their addresses come from the operator, so private ones are allowed. */
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { ArchiveTokens } from '../platform/archive-identity/archive-tokens.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
import { Introductions, type MetArchive } from '../platform/outgoing/introductions.js';
import { PeerAddresses } from '../platform/outgoing/peer-addresses.js';
import { PeerRequests } from '../platform/outgoing/peer-requests.js';
import { dialPeer } from './dial-peer.js';
import type { PeerConnection } from './peer-connection.js';

@Injectable()
export class PeerDialer implements OnModuleDestroy {
  private readonly addresses = new PeerAddresses(() => true);
  private readonly requests = new PeerRequests(this.addresses);
  private readonly introductions = new Introductions(this.requests);

  constructor(
    private readonly tokens: ArchiveTokens,
    private readonly address: ArchiveAddress,
    private readonly identity: ArchiveIdentity,
  ) {}

  onModuleDestroy(): void {
    this.requests.close();
  }

  /** Who answers at an address that the operator names. */
  meet(url: string): Promise<MetArchive> {
    this.introductions.forget(url);
    return this.introductions.meet(url);
  }

  /**
   * @param relays whether this archive relays between clients
   * @throws HoldfastError as `dialPeer` does
   */
  dial(
    peer: { readonly id: string; readonly url: string },
    signal: AbortSignal,
    relays = false,
  ): Promise<PeerConnection> {
    const { introductions, addresses, tokens } = this;
    const ownUrl = () => this.address.url;
    const endorsements = () => this.identity.endorsements;
    return dialPeer(peer, { introductions, addresses, tokens, ownUrl, endorsements, relays }, signal);
  }
}
