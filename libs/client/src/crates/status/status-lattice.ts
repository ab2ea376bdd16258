/**
 * How far a crate has come, as a lattice: what is known of it only ever grows, whatever order news arrives in and
 * however often. Two chains beside each other: the steps that it climbs, and the ways to end without delivery.
 * A receipt proves delivery, so it outweighs every such end.
 */
import type { CrateEnd, CrateProgress, StatusName } from './message-status.js';

export interface Standing {
  readonly progress: CrateProgress;
  readonly end?: CrateEnd;
}

const steps: readonly CrateProgress[] = ['local', 'accepted', 'durable', 'delivered'];
/** A fact that somebody made true outweighs that time has passed. */
const ends: readonly (CrateEnd | undefined)[] = [undefined, 'expired', 'recalled', 'discarded'];
/** The one order in which a shown status can only go up. */
const order: readonly StatusName[] = [
  'local',
  'accepted',
  'durable',
  'expired',
  'recalled',
  'discarded',
  'delivered',
];

export const atStart: Standing = { progress: 'local' };

/** What is known when both are known. */
export function join(a: Standing, b: Standing): Standing {
  const progress = greater(steps, a.progress, b.progress);
  const end = greater(ends, a.end, b.end);
  return end === undefined ? { progress } : { progress, end };
}

/** The one word for it. */
export const shown = ({ progress, end }: Standing): StatusName =>
  progress === 'delivered' ? progress : (end ?? progress);

/** Whether nothing further is waited for. */
export const isSettled = (standing: Standing): boolean => rankOf(shown(standing)) >= rankOf('expired');

export const sameStanding = (a: Standing, b: Standing): boolean =>
  a.progress === b.progress && a.end === b.end;

/** Grows with the status. */
export const rankOf = (status: StatusName): number => order.indexOf(status);

/**
 * The status of a message: the recipient that is furthest behind counts, and of a recipient's crates the one that came
 * furthest. One that was sent again counts only if it was delivered after all.
 */
export function messageStatus(
  crates: readonly { readonly to: string; readonly status: StatusName; readonly resent?: true }[],
): StatusName {
  const furthest = new Map<string, number>();
  for (const { to, status, resent } of crates) {
    if (resent === true && status !== 'delivered') continue;
    furthest.set(to, Math.max(furthest.get(to) ?? 0, rankOf(status)));
  }
  return order[Math.min(...furthest.values())] ?? 'local';
}

/** The crates of those of whom every crate has ended without delivery: only sending it again can help. */
export function endedInVain<
  C extends { readonly to: string; readonly status: StatusName; readonly resent?: true },
>(crates: readonly C[]): readonly C[] {
  const count = ({ to, status, resent }: C): string[] =>
    status === 'delivered' || (resent !== true && rankOf(status) < rankOf('expired')) ? [to] : [];
  const others = new Set(crates.flatMap(count));
  return crates.filter(({ to, resent }) => resent !== true && !others.has(to));
}

/** Whether a message has come so far as is wanted, or can come no further. */
export const hasReached = (status: StatusName, wanted: StatusName): boolean =>
  rankOf(status) >= Math.min(rankOf(wanted), rankOf('expired'));

function greater<T>(chain: readonly T[], a: T, b: T): T {
  return chain.indexOf(a) >= chain.indexOf(b) ? a : b;
}
