/**
 * The life of one crate at one archive (spec/crates.md, "Leaving"; spec/custody.md, "Between archives"): unknown, then
 * accepted, then gone in one of four ways, and in the end forgotten. Each function decides what one event makes of it,
 * from what is committed and from whether the proof fits, and says what to commit, what to answer and whom to tell. The
 * caller reads, decides and commits with the crate's id locked, so that no two events decide on the same reading, and
 * answers after the commit.
 */
import type { CrateState } from '../doors/answers.js';
import type { DepartureAnswer } from '../doors/between-archives.js';
import { limits } from '../limits.js';
import { stateAfter, type Way } from './departure.js';

export type WayOut = Exclude<CrateState, 'accepted' | 'unknown'>;

/** How old a crate is by the archive's clock. `forgettable`: no clock within the skew would take it in again. */
export type CrateAge = 'current' | 'expired' | 'forgettable';

/**
 * The last expiry hour whose crates are at least this old.
 * @param now NumericDate of the archive, seconds
 */
export const lastHourOf = (age: Exclude<CrateAge, 'current'>, now: number): number =>
  Math.floor((age === 'expired' ? now : now - limits.clockSkewSecondsMax) / 3600);

/** @param now NumericDate of the archive, seconds */
export function ageOf(expiryHour: number, now: number): CrateAge {
  if (expiryHour > lastHourOf('expired', now)) return 'current';
  return expiryHour > lastHourOf('forgettable', now) ? 'expired' : 'forgettable';
}

export type DepositDecision =
  /** `becomes` is absent when nothing changes: the same crate again. */
  | { readonly answer: 'accepted'; readonly becomes?: 'accepted' }
  /** `becomes` and `told`: it had left elsewhere before it came; the other holders have to be told. */
  | { readonly answer: 'crate-gone'; readonly state: WayOut; readonly becomes?: WayOut; readonly told?: true }
  | { readonly answer: 'crate-expired' };

/**
 * An envelope arrives, from its sender or from another archive. The commit that makes it known also drops the offers of
 * it and the proofs that were noted with them, whether they fit or not.
 * @param fitting the way of a noted proof that fits the envelope
 */
export function decideDeposit(here: CrateState, age: CrateAge, fitting: Way | undefined): DepositDecision {
  // First, because a tombstone that is forgotten could not say it any more.
  if (age !== 'current') return { answer: 'crate-expired' };
  if (here === 'accepted') return { answer: 'accepted' };
  if (here !== 'unknown') return { answer: 'crate-gone', state: here };
  if (fitting === undefined) return { answer: 'accepted', becomes: 'accepted' };
  const state = stateAfter[fitting];
  return { answer: 'crate-gone', state, becomes: state, told: true };
}

export type DepartureDecision =
  /** It leaves now, and every other holder has to be told. */
  | { readonly answer: WayOut; readonly becomes: WayOut; readonly told: true }
  /** It had left before, this way. */
  | { readonly answer: WayOut }
  /** Not here yet: the proof is kept with the offer and checked when the crate comes. */
  | { readonly answer: 'noted' }
  | { readonly answer: 'crate-not-found' }
  | { readonly answer: (typeof proofRefusals)[Way] };

const proofRefusals = {
  ack: 'receipt-invalid',
  discard: 'discard-invalid',
  recall: 'recall-invalid',
} as const;

/**
 * Somebody shows a proof: a client, or an archive that tells what it knows.
 * @param fits whether the proof fits the crate; of one that is not here nobody can say, and it does not matter
 * @param offered whether the archive that tells has offered the crate here, which strangers cannot have. One proof is
 * kept for each offer, so what is noted is bounded by what is offered, and nobody can spend another's place.
 */
export function decideDeparture(
  here: CrateState,
  way: Way,
  fits: boolean,
  offered: boolean,
): DepartureDecision {
  if (here === 'unknown') return { answer: offered ? 'noted' : 'crate-not-found' };
  if (!fits) return { answer: proofRefusals[way] };
  if (here !== 'accepted') return { answer: here };
  return { answer: stateAfter[way], becomes: stateAfter[way], told: true };
}

export type OfferDecision =
  /** `wanted`: the offer is kept, until the crate comes or is forgettable. */
  | { readonly answer: 'wanted' | 'refused' | 'expired' }
  /** The state here, with what there is to show for it. Who offers a crate that waits is one of its holders. */
  | { readonly answer: 'accepted' | WayOut };

/** @param hasRoom for the crate and for one more offer; one that cannot be kept must not be wanted */
export function decideOffer(here: CrateState, age: CrateAge, hasRoom: boolean): OfferDecision {
  if (here !== 'unknown') return { answer: here };
  if (age !== 'current') return { answer: 'expired' };
  return { answer: hasRoom ? 'wanted' : 'refused' };
}

/** What an archive that has offered a crate does upon the answer; `later`: offer it again. */
export type OfferedStep = 'bring' | 'held' | 'let-go' | 'tell' | 'later' | 'stop';

/**
 * @param here the crate's state at the archive that offers: it waits, or has left and there is something to tell
 * @param fits whether the proof that came with the answer fits the crate
 */
export function decideOffered(here: CrateState, answer: OfferDecision['answer'], fits: boolean): OfferedStep {
  if (here === 'unknown' || here === 'expired') return 'stop';
  if (here !== 'accepted') {
    if (answer === 'wanted' || answer === 'accepted') return 'tell';
    // Over by the other's clock, which may be set back: then it could still come there.
    return answer === 'refused' || answer === 'expired' ? 'later' : 'stop';
  }
  if (answer === 'wanted') return 'bring';
  if (answer === 'accepted') return 'held';
  if (answer === 'expired') return 'stop';
  // A claim without its proof is worth no more than a refusal.
  return answer !== 'refused' && fits ? 'let-go' : 'later';
}

/**
 * What an archive that has told how a crate left does upon the answer. `offer`: the crate may still come there, so that
 * the other has to be offered it before it keeps what it is told; then it is told again.
 */
export function decideTold(answer: DepartureAnswer['status']): 'done' | 'offer' | 'later' {
  if (answer === 'unknown') return 'offer';
  return answer === 'accepted' || answer === 'refused' ? 'later' : 'done';
}
