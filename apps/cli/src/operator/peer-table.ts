/** The list of peers for people: one row each, aligned, the most important first. */
import type { PeerReport } from './operator-door.js';

/** Enough of an id to name the peer by. */
const idShown = 12;

const heads = ['STATE', 'ID', 'URL', 'HEARD', 'LAG', 'IN', 'OUT', 'NEXT', 'LAST ERROR'];

/** @param now NumericDate */
export function peerTable(peers: readonly PeerReport[], now: number): string {
  const rows = [heads, ...peers.map((peer) => rowOf(peer, now))];
  const widths = heads.map((_head, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rowOf(peer: PeerReport, now: number): string[] {
  const { id, url, heardAt, nextAttempt, error, bytesIn, bytesOut } = peer;
  return [
    stateOf(peer),
    id.slice(0, idShown),
    url ?? '-',
    heardAt === undefined ? '-' : `${spanOf(now - heardAt)} ago`,
    lagOf(peer),
    bytesOf(bytesIn),
    bytesOf(bytesOut),
    nextAttempt === undefined ? '-' : `in ${spanOf(nextAttempt - now)}`,
    error ?? '-',
  ];
}

function stateOf({ state, linked, dialed, origin, error }: PeerReport): string {
  if (state === 'trusted') {
    if (linked) return 'linked';
    if (error?.startsWith('peer-pending') === true) return 'waits';
    return dialed ? 'away' : 'expected';
  }
  if (state === 'pending') return origin === 'itself' ? 'asks' : 'proposed';
  return state;
}

function lagOf({ linked, lagRecords, lagSeconds }: PeerReport): string {
  if (!linked || lagRecords === undefined) return '-';
  return lagRecords === 0 ? '0' : `${lagRecords} (${spanOf(lagSeconds ?? 0)})`;
}

/** In the largest unit of which there is at least one. */
export function spanOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return whole < 86_400 ? `${Math.floor(whole / 3600)} h` : `${Math.floor(whole / 86_400)} d`;
}

function bytesOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]!}`;
}
