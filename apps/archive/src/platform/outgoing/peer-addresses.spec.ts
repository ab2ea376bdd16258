import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { PeerAddresses } from './peer-addresses.js';

/** What the name server of the test knows. */
const names: Readonly<Record<string, readonly string[]>> = {
  'reef.example': ['93.184.216.34', '2606:2800:220:1::1'],
  'loop.example': ['127.0.0.1', '::1'],
  'home.example': ['192.168.1.1', 'fd00::1'],
  'cloud.example': ['169.254.169.254', 'fe80::1'],
  'nothing.example': ['0.0.0.0', '::'],
  'disguise.example': ['::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::1'],
  'both.example': ['10.0.0.1', '93.184.216.34', '::1'],
};

let server: Socket;
beforeAll(async () => {
  server = createSocket('udp4').bind(0, '127.0.0.1');
  server.on('message', (query, { port }) => server.send(answerTo(query), port, '127.0.0.1'));
  await once(server, 'listening');
});
afterAll(() => void server.close());

const addressesOf = (name: string, allowsPrivate = false) =>
  new PeerAddresses(() => allowsPrivate, [`127.0.0.1:${server.address().port}`])
    .of(`http://${name}`)
    .then((found) => found.map(({ address }) => address));

describe('where a name leads', () => {
  it('is where DNS says, as far as that is public', async () => {
    expect(await addressesOf('reef.example')).toEqual(names['reef.example']);
    expect(await addressesOf('both.example')).toEqual(['93.184.216.34']);
  });

  it.each(['loop.example', 'home.example', 'cloud.example', 'nothing.example', 'disguise.example'])(
    'is refused when all of it is private or no place at all: %s',
    async (name) => {
      await expect(addressesOf(name)).rejects.toMatchObject({ code: 'address-refused' });
    },
  );

  it('may be private where the archive is, but never the link', async () => {
    expect(await addressesOf('home.example', true)).toEqual(names['home.example']);
    await expect(addressesOf('cloud.example', true)).rejects.toMatchObject({ code: 'address-refused' });
  });

  it('is nowhere when DNS knows nothing of it', async () => {
    await expect(addressesOf('unknown.example')).rejects.toMatchObject({ code: 'archive-unreachable' });
  });

  it.each([
    '0x7f.1',
    '2130706433',
    '017700000001',
    '127.0.0.1.',
    '[::ffff:7f00:1]',
    '[::ffff:a9fe:a9fe]',
    '[fe80::1]',
    'localhost.',
    'archive.localhost',
    '0',
    '１２７.0.0.1',
  ])('is seen in whichever way an address is written: %s', async (host) => {
    await expect(addressesOf(host)).rejects.toMatchObject({ code: 'address-refused' });
  });
});

/** RFC 1035: the question again, and the addresses of its type. */
function answerTo(query: Buffer): Buffer {
  const labels: string[] = [];
  let end = 12;
  for (let length = query[end]!; length > 0; length = query[end]!) {
    labels.push(query.toString('latin1', end + 1, end + 1 + length));
    end += 1 + length;
  }
  const isSix = query.readUInt16BE(end + 1) === 28;
  const found = (names[labels.join('.')] ?? []).filter((address) => isIPv6(address) === isSix);
  const answers = found.map((address) => {
    const data = bytesOf(address);
    const head = Buffer.from([0xc0, 12, 0, isSix ? 28 : 1, 0, 1, 0, 0, 0, 0, 0, data.length]);
    return Buffer.concat([head, data]);
  });
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(found.length, 6);
  head.fill(0, 8);
  return Buffer.concat([head, query.subarray(12, end + 5), ...answers]);
}

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  return Buffer.from(ipaddr.parse(address).toByteArray());
}
