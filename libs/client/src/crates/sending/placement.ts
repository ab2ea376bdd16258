/**
 * What is to be done now so that the archives that are to hold a crate get it: where to deposit it, and which of ours
 * is asked to bring it to those that cannot be reached from here. When that one is lost before it has done so, another
 * one is asked. Nothing here does IO, and nobody's refusal holds up the others.
 */
import { isArchiveUrl, limits as wire } from '@holdfast/protocol';
import {
  candidatesOf,
  chosenOf,
  hasAccepted,
  type Candidate,
  type HolderLink,
  type HolderMood,
} from './holders.js';
import type { PendingHolder } from '../status/message-status.js';
import type { TrackedCrate } from './tracked-crate.js';

export interface PlacingLink extends HolderLink {
  readonly open: object | undefined;
}

export interface PlannedDeposit<L> {
  readonly link: L;
  /** The archives that this one shall bring it to, and others that have it from elsewhere. */
  readonly bring: readonly string[];
  readonly holders: readonly string[];
}

export interface Placement<L> {
  readonly deposits: readonly PlannedDeposit<L>[];
  /** When the next one is due, milliseconds since 1970. */
  readonly nextAt: number | undefined;
}

/** The order to bring a crate to an archive, as `CrateKnowledge.asked` names it. */
export const askedName = (entry: string, target: string): string => `${entry} ${target}`;

/**
 * @param holders how many archives are to have it
 * @param now milliseconds since 1970
 */
export function placementOf<L extends PlacingLink>(
  tracked: TrackedCrate,
  links: readonly L[],
  holders: number,
  now: number,
): Placement<L> {
  const chosen = chosenHolders(tracked, links, holders, now);
  const missing = chosen.filter((candidate) => moodOf(tracked, candidate, now) !== 'holds');
  const reachable = missing.flatMap(({ link }) => (link?.open === undefined ? [] : [link]));
  const due = reachable.filter((link) => isDue(tracked, link, now));
  const unserved = missing
    .filter((candidate) => isToBeBrought(candidate) && !isServed(tracked, candidate.url, links))
    .map(({ url }) => url);
  const entry = unserved.length === 0 ? undefined : entryAmong(tracked, chosen, now);
  const targets = entry === undefined || due.includes(entry) ? due : [...due, entry];
  const named = chosen.map(({ url }) => url).filter(isArchiveUrl);
  return {
    deposits: targets.map((link) => {
      const bring = link === entry ? unserved.filter(isArchiveUrl).slice(0, wire.holdersMax) : [];
      const others = named.filter((url) => url !== link.url && !bring.includes(url));
      return { link, bring, holders: others.slice(0, wire.holdersMax - bring.length) };
    }),
    nextAt: earliest(chosen.flatMap(({ link }) => waitsUntil(tracked, link, now) ?? [])),
  };
}

/** The archives that are to have the crate and have not promised it, for people. */
export function pendingOf(
  tracked: TrackedCrate,
  links: readonly PlacingLink[],
  holders: number,
  now: number,
): readonly PendingHolder[] {
  const { known, attempts, errands } = tracked;
  return chosenHolders(tracked, links, holders, now)
    .filter(({ archive }) => known.custody?.[archive ?? ''] === undefined)
    .filter(({ url, archive }) => archive !== undefined || !tracked.brought.has(url))
    .map(({ url }) => {
      const own = attempts.get(url);
      const errand = errands.get(url);
      if (errand !== undefined) return { url, ...errand };
      const { count = 0, nextAt, code, quota } = own ?? {};
      return {
        url,
        attempts: count,
        ...(nextAt === undefined ? {} : { nextAttemptAt: Math.ceil(nextAt / 1000) }),
        ...(code === undefined ? {} : { code }),
        ...(quota === undefined ? {} : { quota }),
      };
    });
}

function chosenHolders<L extends PlacingLink>(
  tracked: TrackedCrate,
  links: readonly L[],
  holders: number,
  now: number,
): readonly Candidate<L>[] {
  const { sent } = tracked;
  const count = Math.max(holders, sent.copies);
  return chosenOf(candidatesOf(sent, links), count, (candidate) => moodOf(tracked, candidate, now));
}

function moodOf(tracked: TrackedCrate, { url, link, archive }: Candidate, now: number): HolderMood {
  const { known, attempts, errands, brought, lostAt } = tracked;
  if (!lostAt.has(url)) {
    if (archive !== undefined && known.custody?.[archive] !== undefined) return 'holds';
    // Of whom the promise could count, only a promise does; whoever else said that it holds it is believed.
    if (link === undefined ? brought.has(url) : archive === undefined && hasAccepted(known, link))
      return 'holds';
  }
  const { isRefused, nextAt = 0 } = attempts.get(url) ?? {};
  const isFull = (isRefused === true && nextAt > now) || errands.get(url)?.code === 'quota-exceeded';
  return isFull ? 'refuses' : 'willing';
}

/**
 * Nobody looks for it elsewhere, and no link is open over which it could be deposited now: one that opens soon makes it
 * needless, and costs an offer; a program that ends before it does has left the crate in two hands.
 */
const isToBeBrought = <L extends PlacingLink>({ isCard, link }: Candidate<L>): boolean =>
  isCard && link?.open === undefined;

/** Whether an archive that can be asked about it has been asked to bring it there. */
const isServed = ({ known, lostAt }: TrackedCrate, target: string, links: readonly PlacingLink[]): boolean =>
  links.some(
    ({ url, open }) =>
      open !== undefined && !lostAt.has(url) && known.asked?.includes(askedName(url, target)) === true,
  );

/** One of the client's own where that can be. */
function entryAmong<L extends PlacingLink>(
  tracked: TrackedCrate,
  chosen: readonly Candidate<L>[],
  now: number,
): L | undefined {
  const able = chosen.flatMap(({ link, isOwn }) =>
    link?.open !== undefined && isDue(tracked, link, now) ? [{ link, isOwn }] : [],
  );
  return (able.find(({ isOwn }) => isOwn) ?? able[0])?.link;
}

function isDue({ attempts }: TrackedCrate, { url }: HolderLink, now: number): boolean {
  const attempt = attempts.get(url);
  return attempt === undefined || (!attempt.isRunning && (attempt.nextAt ?? 0) <= now);
}

function waitsUntil(
  { attempts }: TrackedCrate,
  link: PlacingLink | undefined,
  now: number,
): number | undefined {
  if (link?.open === undefined) return undefined;
  const nextAt = attempts.get(link.url)?.nextAt;
  return nextAt === undefined || nextAt <= now ? undefined : nextAt;
}

const earliest = (times: readonly number[]): number | undefined =>
  times.length === 0 ? undefined : Math.min(...times);
