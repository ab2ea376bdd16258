/** Which peer is meant by an id, the beginning of one, or a URL. */
import { HoldfastError } from '@holdfast/protocol';
import { usageError } from '../arguments/option-values.js';
import { cliLimits } from '../limits.js';
import type { PeerList, PeerReport } from './operator-door.js';

/** @throws HoldfastError `usage-invalid` where none or several are named, `peer-unknown` */
export function findPeer({ archive, peers }: PeerList, word: string): PeerReport {
  if (word === '') throw usageError('An empty word names no peer.');
  const exact = peers.find(({ id }) => id === word);
  const url = word.replace(/\/+$/, '');
  const found = exact ? [exact] : peers.filter((peer) => peer.url === url || peer.id.startsWith(word));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const ids = found.slice(0, cliLimits.differencesShownMax).map(({ id }) => id);
    throw usageError(`"${word}" names ${found.length} peers, give one by its id: ${ids.join(', ')}.`);
  }
  const sentence =
    archive === word
      ? 'That is this archive itself: run this where the other archive runs.'
      : `No peer has "${word.slice(0, 64)}": "holdfast archive peers list" shows those that are known.`;
  throw new HoldfastError('peer-unknown', sentence);
}
