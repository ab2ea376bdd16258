import { describe, expect, it } from '@jest/globals';
import type { PeerReport } from './operator-door.js';
import { peerTable } from './peer-table.js';

const now = 1_800_000_000;
const peer: PeerReport = {
  id: 'SU2Jz2zVK0G6wg0qxXPbBeXFdgLSrxLw86ambiUWZI8',
  url: 'https://two.example',
  state: 'trusted',
  origin: 'operator',
  dialed: true,
  linked: true,
  heardAt: now - 3,
  lagRecords: 12,
  lagSeconds: 75,
  bytesIn: 1_500,
  bytesOut: 5 * 1024 ** 3,
  misbehaved: 0,
};
const { url: _url, heardAt: _heardAt, ...unheard } = peer;

describe('the table of peers', () => {
  it('shows each in a row under the names of its columns, aligned', () => {
    const away: PeerReport = {
      ...unheard,
      linked: false,
      bytesIn: 0,
      bytesOut: 10,
      nextAttempt: now + 30,
      error: 'archive-unreachable: Away.',
    };
    expect(peerTable([peer, away], now)).toBe(
      [
        'STATE   ID            URL                  HEARD    LAG         IN       OUT      NEXT     LAST ERROR',
        'linked  SU2Jz2zVK0G6  https://two.example  3 s ago  12 (1 min)  1.5 KiB  5.0 GiB  -        -',
        'away    SU2Jz2zVK0G6  -                    -        -           0 B      10 B     in 30 s  archive-unreachable: Away.',
      ].join('\n'),
    );
  });

  it.each([
    [{ state: 'pending', origin: 'itself' }, 'asks'],
    [{ state: 'pending', origin: peer.id }, 'proposed'],
    [{ state: 'blocked' }, 'blocked'],
    [{ dialed: false }, 'expected'],
    [{ error: 'peer-pending: Not yet.' }, 'waits'],
    [{ error: 'not-authorised: No.' }, 'away'],
  ] as const)('calls a peer that is %j %s', (more, word) => {
    expect(peerTable([{ ...peer, linked: false, ...more }], now).split('\n')[1]).toMatch(
      new RegExp(`^${word} `),
    );
  });
});
