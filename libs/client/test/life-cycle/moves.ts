/**
 * What can happen to one crate at one archive. Each move has a name, for the trace of a counterexample. What an archive
 * decides is committed in a move of its own, and answered with the commit.
 */
import type { Way } from '@holdfast/protocol';
import { decide, errandOf, eventOf, type Circumstances, type Event, type Outcome } from './archive.js';
import {
  messageKinds,
  messagesTo,
  messageTo,
  otherPlace,
  uncommittedAt,
  withSite,
  withUncommitted,
  type CrateWorld,
  type MessageKind,
  type Place,
} from './crate-world.js';
import type { Rules } from './rules.js';

export interface Move {
  readonly name: string;
  readonly world: CrateWorld;
}

/** Who takes part, beside the two archives. */
export interface Cast {
  /** What the recipient does when it has opened the crate, or cannot. */
  readonly recipient: 'acks' | 'discards';
  /** Whether the sender asks how its crate fares. */
  readonly askingSender: boolean;
  /** Whether there is a third archive, which makes proofs up. */
  readonly stranger: boolean;
  /**
   * What the network still carries: `everything` that was ever sent, the last message in `each-direction`, or the
   * `last` one alone. Whatever it carries it may deliver at any time, again and again, or never.
   */
  readonly network: 'everything' | 'each-direction' | 'last';
  /** Whether decision and commit are two moves, between which a crash may come, or one. */
  readonly commits: 'later' | 'at-once';
}

/**
 * Everything that can happen at this archive next. What is decided under a lock is seen by nobody before the commit, so
 * that it is enough to let the commit or a crash follow at once: whatever else happens in between might as well happen
 * before or after.
 */
export function movesAt(world: CrateWorld, at: Place, here: Circumstances, rules: Rules, cast: Cast): Move[] {
  const moves: Move[] = [];
  const isHalfDone = uncommittedAt(world, at) !== undefined;
  if (isHalfDone) moves.push({ name: `${at} commits`, world: committed(world, at, cast) });
  if (rules.commit === 'locked' && (isHalfDone || uncommittedAt(world, otherPlace[at]) !== undefined))
    return moves;
  if (!isHalfDone || rules.commit === 'unlocked') {
    for (const [name, event] of eventsAt(world, at, cast.stranger)) {
      const outcome = decide(world[at], event, here, rules);
      moves.push({ name: `${at}: ${name}`, world: decided(world, at, outcome, rules, cast) });
    }
  }
  const errand = errandOf(world[at], here.age);
  if (errand !== undefined) {
    moves.push({ name: `${at} sends ${errand}`, world: sending(world, at, [errand], cast) });
  }
  moves.push(...peopleAt(world, at, rules, cast));
  return moves;
}

function eventsAt(world: CrateWorld, at: Place, stranger: boolean): [name: string, event: Event][] {
  const events: [string, Event][] = [
    ['the deposit arrives, to be brought to the other', { kind: 'deposit', by: 'sender, to bring' }],
    ['the deposit arrives, and the other is named', { kind: 'deposit', by: 'sender, to tell' }],
    ['time', { kind: 'time' }],
    ['a client makes a receipt up', { kind: 'made-up proof', by: 'client' }],
  ];
  const shown: [Way, boolean][] = [
    ['ack', world.recipient === 'acks'],
    ['discard', world.recipient === 'discards'],
    ['recall', world.recalls],
  ];
  for (const [way, canBe] of shown) {
    if (canBe) events.push([`a client shows ${way}`, { kind: 'proof', by: 'client', way }]);
  }
  if (stranger) {
    events.push(['a stranger offers', { kind: 'offer', by: 'stranger' }]);
    events.push(['a stranger tells', { kind: 'made-up proof', by: 'stranger' }]);
  }
  for (const kind of messageKinds) {
    if ((world.sent & messageTo(at, kind)) !== 0) events.push([`${kind} arrives`, eventOf(kind)]);
  }
  return events;
}

function decided(
  world: CrateWorld,
  at: Place,
  { site, sends }: Outcome,
  rules: Rules,
  cast: Cast,
): CrateWorld {
  if (site === world[at]) return sending(world, at, sends, cast);
  // Without the lock, somebody else commits while one decision still waits for its commit.
  const isFirst = uncommittedAt(world, at) === undefined;
  if (cast.commits === 'at-once' || !isFirst) return sending(withSite(world, at, site), at, sends, cast);
  if (rules.commit !== 'answered-early') return withUncommitted(world, at, { site, sends });
  const promising = withSite(world, at, { ...world[at], promised: site.promised });
  return withUncommitted(sending(promising, at, sends, cast), at, { site, sends: [] });
}

function committed(world: CrateWorld, at: Place, cast: Cast): CrateWorld {
  const { site, sends } = uncommittedAt(world, at)!;
  const whole = { ...site, shut: site.shut || world[at].shut };
  return sending(withSite(withUncommitted(world, at, undefined), at, whole), at, sends, cast);
}

function peopleAt(world: CrateWorld, at: Place, rules: Rules, cast: Cast): Move[] {
  const { state, custody } = world[at];
  const moves: Move[] = [];
  if (state === 'accepted' && world.recipient === 'away') {
    moves.push({
      name: `the recipient collects it at ${at}`,
      world: { ...world, recipient: cast.recipient },
    });
  }
  if (!world.recalls) moves.push({ name: 'the sender recalls it', world: { ...world, recalls: true } });
  if (cast.askingSender && state !== 'unknown') {
    const receipts = state === 'accepted' ? [at, ...(custody ? [otherPlace[at]] : [])] : [];
    const custodyOf = {
      custodyOfA: world.custodyOfA || receipts.includes('a'),
      custodyOfB: world.custodyOfB || receipts.includes('b'),
    };
    const standing = rules.hear(world.standing, state, custodyOf.custodyOfA && custodyOf.custodyOfB);
    moves.push({ name: `the sender asks ${at}`, world: { ...world, ...custodyOf, standing } });
  }
  return moves;
}

function sending(world: CrateWorld, from: Place, kinds: readonly MessageKind[], cast: Cast): CrateWorld {
  const to = otherPlace[from];
  let { sent } = world;
  for (const kind of kinds) {
    const kept = { everything: sent, 'each-direction': sent & ~messagesTo(to), last: 0 }[cast.network];
    sent = kept | messageTo(to, kind);
  }
  return { ...world, sent };
}
