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
const list = {
  archive: 'xyz',
  peers: [
    peer('abcd', 'https://one.example'),
    peer('abef'),
    peer('ab'),
    peer('cd', 'https://two.example'),
    peer('ce', 'https://two.example'),
  ],
};

describe('a peer that is named', () => {
  it('is the one with that id, or with the only id that begins so, or at that URL', () => {
    expect(findPeer(list, 'abef').id).toBe('abef');
    expect(findPeer(list, 'abe').id).toBe('abef');
    expect(findPeer(list, 'ab').id).toBe('ab');
    expect(findPeer(list, 'https://one.example/').id).toBe('abcd');
  });

  it('is not guessed where several begin so, and has to be known', () => {
    expect(() => findPeer(list, 'a')).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
    expect(() => findPeer(list, 'x')).toThrow(expect.objectContaining({ code: 'peer-unknown' }));
    expect(() => findPeer(list, 'https://two.example')).toThrow(/names 2 peers.*: cd, ce/);
  });
  it('is not the only one there is when nothing was typed, as by a shell whose variable is not set', () => {
    const only = { archive: 'xyz', peers: [peer('abcd')] };
    expect(() => findPeer(only, '')).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
  });

  it('is not the archive that is asked', () => {
    expect(() => findPeer(list, 'xyz')).toThrow(/this archive itself/);
  });
});
