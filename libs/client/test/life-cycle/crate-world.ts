/**
 * One crate in a world of two archives, one sender and one recipient. What is in a world is what is committed, what the
 * network carries, and what people know. The network keeps every message that was ever sent and may deliver it at any
 * time, in any order, again and again or never: that is loss, delay and duplication at once, without a bound. `shut`,
 * `promised` and `together` are no archive's knowledge: they remember the past for the invariants.
 */
import type { CrateState, Way } from '@holdfast/protocol';
import { atStart, type Standing } from '../../src/crates/status/status-lattice.js';

export type Place = 'a' | 'b';
export const otherPlace = { a: 'b', b: 'a' } as const;

/** What one archive has committed about the crate. */
export interface Site {
  readonly state: CrateState;
  /** The other archive has offered it here; and the proof that it has told since. */
  readonly offered: boolean;
  readonly noted: Way | undefined;
  /** The same of an archive that holds nothing and makes proofs up. */
  readonly stranger: 'silent' | 'offered' | 'noted';
  /** What is to be done at the other archive. */
  readonly task: 'unrelated' | 'none' | 'bring' | 'tell';
  /** The other's custody receipt is here. */
  readonly custody: boolean;
  /** It has answered "accepted", and the crate has not left since. */
  readonly promised: boolean;
  /** It has let the crate go, or noted a true proof: the crate must never wait here again. */
  readonly shut: boolean;
}

/** A decision whose commit is not done: a crash forgets it. */
export interface Uncommitted {
  readonly site: Site;
  /** Messages that go out with the commit. */
  readonly sends: readonly MessageKind[];
}

export interface CrateWorld {
  readonly a: Site;
  readonly b: Site;
  readonly uncommittedA: Uncommitted | undefined;
  readonly uncommittedB: Uncommitted | undefined;
  /** A bit for each message that was ever sent. */
  readonly sent: number;
  readonly standing: Standing;
  readonly custodyOfA: boolean;
  readonly custodyOfB: boolean;
  readonly recipient: 'away' | 'acks' | 'discards';
  readonly recalls: boolean;
  /** Both archives have held it at one time. */
  readonly together: boolean;
}

export const emptySite: Site = {
  state: 'unknown',
  offered: false,
  noted: undefined,
  stranger: 'silent',
  task: 'unrelated',
  custody: false,
  promised: false,
  shut: false,
};

export const emptyWorld: CrateWorld = {
  a: emptySite,
  b: emptySite,
  uncommittedA: undefined,
  uncommittedB: undefined,
  sent: 0,
  standing: atStart,
  custodyOfA: false,
  custodyOfB: false,
  recipient: 'away',
  recalls: false,
  together: false,
};

/** What archives send each other: errands, and answers. How it left elsewhere comes with the proof. */
export const messageKinds = [
  ...(['offer', 'body', 'tell ack', 'tell discard', 'tell recall', 'told', 'not known'] as const),
  ...(['wanted', 'accepted', 'expired', 'delivered', 'discarded', 'recalled'] as const),
] as const;
export type MessageKind = (typeof messageKinds)[number];

export const messageTo = (to: Place, kind: MessageKind): number =>
  1 << (messageKinds.indexOf(kind) + (to === 'a' ? 0 : messageKinds.length));

/** All bits of the link to this archive. */
export const messagesTo = (to: Place): number =>
  ((1 << messageKinds.length) - 1) << (to === 'a' ? 0 : messageKinds.length);

export const uncommittedAt = (world: CrateWorld, place: Place): Uncommitted | undefined =>
  place === 'a' ? world.uncommittedA : world.uncommittedB;

export function withUncommitted(
  world: CrateWorld,
  place: Place,
  uncommitted: Uncommitted | undefined,
): CrateWorld {
  return place === 'a' ? { ...world, uncommittedA: uncommitted } : { ...world, uncommittedB: uncommitted };
}

export function withSite(world: CrateWorld, place: Place, site: Site): CrateWorld {
  const next = place === 'a' ? { ...world, a: site } : { ...world, b: site };
  const together = next.a.state === 'accepted' && next.b.state === 'accepted';
  return together && !next.together ? { ...next, together } : next;
}

/** One text for each world: what states are told apart by. */
export function keyOf(world: CrateWorld): string {
  const { standing } = world;
  const flags = [world.custodyOfA, world.custodyOfB, world.recalls, world.together];
  return [
    ...[siteKey(world.a), siteKey(world.b)],
    ...[uncommittedKey(world.uncommittedA), uncommittedKey(world.uncommittedB)],
    ...[world.sent, standing.progress, standing.end, world.recipient, flags.map(Number).join('')],
  ].join('|');
}

const siteKey = (site: Site): string =>
  `${site.state},${site.noted},${site.stranger},${site.task},${+site.offered}${+site.custody}${+site.promised}${+site.shut}`;

const uncommittedKey = (uncommitted: Uncommitted | undefined): string =>
  uncommitted === undefined ? '' : `${siteKey(uncommitted.site)};${uncommitted.sends}`;
