import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { ClientNetworks, networkOf } from './client-networks.js';

/** As much of a request as tells where it comes from. */
const request = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['no address', 'unknown'],
    [undefined, 'unknown'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the network of a client', () => {
  it('is where the connection comes from, whatever the client says, when no proxy is trusted', () => {
    const networks = new ClientNetworks({ trustedProxies: [] });
    expect(networks.of(request('192.0.2.7', '198.51.100.1'))).toBe('192.0.2.7');
  });

  it('is what the trusted proxies say, and not what was said to them', () => {
    const networks = new ClientNetworks({ trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8:9::/48'] });
    expect(networks.of(request('127.0.0.1', '198.51.100.1'))).toBe('198.51.100.1');
    expect(networks.of(request('2001:db8:9::1', '198.51.100.1, 10.1.2.3'))).toBe('198.51.100.1');
    expect(networks.of(request('127.0.0.1', '203.0.113.9, 198.51.100.1'))).toBe('198.51.100.1');
    expect(networks.of(request('127.0.0.1', '2001:db8:1:2:3::4'))).toBe('2001:db8:1:2::/64');
    expect(networks.of(request('127.0.0.1'))).toBe('127.0.0.1');
    expect(networks.of(request('192.0.2.7', '198.51.100.1'))).toBe('192.0.2.7');
  });

  it('is nobody when the proxy says nonsense', () => {
    const networks = new ClientNetworks({ trustedProxies: ['loopback'] });
    expect(networks.of(request('127.0.0.1', 'kelp'))).toBe('unknown');
  });
});
