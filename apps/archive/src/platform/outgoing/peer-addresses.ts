/**
 * Which addresses the archive connects to, when strangers name them (spec/custody.md, "Between archives"): public ones,
 * and private ones only where the operator's archives are at such. What a name means is asked of DNS once, and what
 * is connected to is the very address that was looked at.
 */
import { HoldfastError } from '@holdfast/protocol';
import { lookup as lookupOfSystem, Resolver } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import { archiveLimits } from '../../limits.js';
import { hostOf, reachOf } from '../http/network-reach.js';

export interface PeerAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export class PeerAddresses {
  private readonly resolver = new Resolver({ timeout: archiveLimits.peerNameMsMax, tries: 1 });

  /** @param nameServers to ask instead of the machine's */
  constructor(
    private readonly allowsPrivate: () => boolean,
    nameServers: readonly string[] = [],
  ) {
    if (nameServers.length > 0) this.resolver.setServers(nameServers);
  }

  /**
   * Where to connect to for a URL, in the order to try.
   * @throws HoldfastError `address-refused`; `archive-unreachable` when the name cannot be resolved
   */
  async of(url: string): Promise<PeerAddress[]> {
    const host = hostOf(url);
    const addresses = isIP(host) === 0 ? await this.resolve(host) : [host];
    const reached = addresses.filter((address) => this.allows(address));
    if (reached.length === 0 && addresses.length > 0) {
      throw new HoldfastError('address-refused', 'This archive does not connect to such an address.');
    }
    return reached.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  }

  private allows(address: string): boolean {
    const reach = reachOf(address);
    return reach === 'public' || (reach === 'private' && this.allowsPrivate());
  }

  private async resolve(host: string): Promise<string[]> {
    if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    const found = await Promise.allSettled([this.resolver.resolve4(host), this.resolver.resolve6(host)]);
    const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    if (addresses.length > 0) return addresses;
    // The machine's own table of names. Not for strangers' names: each would hold a thread for as long as it likes.
    const own = this.allowsPrivate() ? await lookupOfSystem(host, { all: true }).catch(() => []) : [];
    if (own.length > 0) return own.map(({ address }) => address);
    throw new HoldfastError('archive-unreachable', 'The name of the archive cannot be resolved.');
  }
}
