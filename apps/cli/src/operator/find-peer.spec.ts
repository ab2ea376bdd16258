import { describe, expect, it } from '@jest/globals';
import { findPeer } from './find-peer.js';
import type { PeerReport } from './operator-door.js';

const peer = (id: string, url?: string): PeerReport => ({
  id,
  ...(url === undefined ? {} : { url }),
  state: 'trusted',
  origin: 'operator',
  dialed: true,
  linked: false,
  bytesIn: 0,
  bytesOut: 0,
  misbehaved: 0,
});
const peers = [peer('abcd', 'https://one.example'), peer('abef'), peer('ab')];

describe('a peer that is named', () => {
  it('is the one with that id, or with the only id that begins so, or at that URL', () => {
    expect(findPeer(peers, 'abef').id).toBe('abef');
    expect(findPeer(peers, 'abe').id).toBe('abef');
    expect(findPeer(peers, 'ab').id).toBe('ab');
    expect(findPeer(peers, 'https://one.example/').id).toBe('abcd');
  });

  it('is not guessed where several begin so, and has to be known', () => {
    expect(() => findPeer(peers, 'a')).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
    expect(() => findPeer(peers, 'x')).toThrow(expect.objectContaining({ code: 'peer-unknown' }));
  });
});
