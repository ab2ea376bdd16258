/** Which peer is meant by an id, the beginning of one, or a URL. */
import { HoldfastError } from '@holdfast/protocol';
import { usageError } from '../arguments/option-values.js';
import type { PeerReport } from './operator-door.js';

export function findPeer(peers: readonly PeerReport[], word: string): PeerReport {
  const url = word.replace(/\/+$/, '');
  const found = peers.filter((peer) => peer.url === url || peer.id.startsWith(word));
  const exact = found.find(({ id }) => id === word);
  if (exact !== undefined || found.length === 1) return exact ?? found[0]!;
  if (found.length > 1)
    throw usageError(`"${word}" is the beginning of ${found.length} ids: give more of it.`);
  const sentence = `No peer has "${word.slice(0, 64)}": "holdfast archive peers list" shows those that are known.`;
  throw new HoldfastError('peer-unknown', sentence);
}
