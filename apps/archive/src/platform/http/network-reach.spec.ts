import { describe, expect, it } from '@jest/globals';
import { isPrivateUrl, reachOf } from './network-reach.js';

describe('where an address leads', () => {
  it.each([
    ['public', ['93.184.216.34', '8.8.8.8', '172.32.0.1', '2606:2800:220:1::1']],
    [
      'private',
      [
        '127.0.0.1',
        '10.1.2.3',
        '172.16.0.1',
        '192.168.1.1',
        '100.64.0.1',
        '::1',
        'fd00::1',
        '::ffff:10.0.0.1',
      ],
    ],
    [
      'never',
      [
        '0.0.0.0',
        '169.254.169.254',
        '192.0.2.1',
        '224.0.0.1',
        '255.255.255.255',
        '::',
        '::ffff:169.254.169.254',
        '::ffff:8.8.8.8',
        '64:ff9b::a00:1',
        '2002:7f00:1::1',
        '2001::1',
        '2001:db8::1',
        'fe80::1',
        'ff02::1',
        'archive.example',
      ],
    ],
  ] as const)('is %s', (reach, addresses) => {
    for (const address of addresses) expect([address, reachOf(address)]).toEqual([address, reach]);
  });

  it('is told by a URL itself, in whichever way it writes the address', () => {
    for (const url of ['http://localhost:7070', 'http://127.1/', 'http://0x7f000001', 'http://[::1]:80']) {
      expect([url, isPrivateUrl(url)]).toEqual([url, true]);
    }
    for (const url of ['https://archive.example', 'http://8.8.8.8', 'http://169.254.169.254']) {
      expect([url, isPrivateUrl(url)]).toEqual([url, false]);
    }
  });
});
