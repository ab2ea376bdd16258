/**
 * The network that a request comes from: an IPv4 address, or an IPv6 /64, which is what one customer has. Behind proxies
 * that the operator trusts it is what these say in X-Forwarded-For; what anybody else says there is not believed.
 */
import proxyAddr from '@fastify/proxy-addr';
import ipaddr from 'ipaddr.js';
import type { IncomingMessage } from 'node:http';
import type { ArchiveSettings } from '../settings.js';

const networkBytes = 8;

export class ClientNetworks {
  private readonly isTrusted: (address: string, hop: number) => boolean;

  constructor({ trustedProxies }: Pick<ArchiveSettings, 'trustedProxies'>) {
    this.isTrusted = proxyAddr.compile([...trustedProxies]);
  }

  of(request: IncomingMessage): string {
    return networkOf(proxyAddr(request, this.isTrusted));
  }
}

/** @param address what no address can be read from is a network of its own, shared by all of its kind */
export function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  // An IPv4 address that came over an IPv6 socket is what it is.
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const bytes = parsed.toByteArray();
  return `${ipaddr.fromByteArray(bytes.fill(0, networkBytes)).toString()}/64`;
}
