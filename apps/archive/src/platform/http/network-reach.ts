/**
 * Where an address leads: to the public network, to a private one (or this machine itself), or to a place where no
 * archive can be. By IANA's special-purpose registries.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

export type Reach = 'public' | 'private' | 'never';

/** This machine, and the networks of RFC 1918, 4193 and 6598. */
const privateNetworks = networks([
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['::1', 128],
  ['fc00::', 7],
]);

/** And the others: nothing, the link (where clouds keep secrets of their machines), tests, groups. */
const forbiddenNetworks = networks([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

const globalIPv6 = networks([['2000::', 3]]);

export function reachOf(address: string): Reach {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || forbiddenNetworks.check(address, family)) return 'never';
  if (privateNetworks.check(address, family)) return 'private';
  // IPv4 in disguise (::ffff:…, 64:ff9b:…) is no road to a public archive.
  return family === 'ipv4' || globalIPv6.check(address, family) ? 'public' : 'never';
}

/** Whether a URL names a private place by itself, without asking DNS, which strangers may have filled. */
export function isPrivateUrl(url: string): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host.endsWith('.localhost') || reachOf(host) === 'private';
}

/** A name, or an address without brackets. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function networks(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');
  return list;
}
