/**
 * The rules that the models follow: those of the archives and of the sender, as they are shipped, or one changed for
 * the worse.
 */
import {
  decideDeparture,
  decideDeposit,
  decideOffer,
  decideOffered,
  decideTold,
  type CrateAge,
  type CrateState,
} from '@holdfast/protocol';
import { join, type Standing } from '../../src/crates/status/status-lattice.js';

/** What time alone makes of a crate, as the sweeps of expiry.service.ts have it: it leaves, or is forgotten. */
export function decideAgeing(here: CrateState, age: CrateAge): 'expires' | 'forgotten' | undefined {
  if (here === 'accepted') return age === 'current' ? undefined : 'expires';
  return age === 'forgettable' ? 'forgotten' : undefined;
}

export const shippedRules = {
  decideAgeing,
  decideDeparture,
  decideDeposit,
  decideOffer,
  decideOffered,
  decideTold,
  /** What a sender makes of an archive's word; that the proof fits has been checked. */
  hear: (known: Standing, state: CrateState, hasBothReceipts: boolean): Standing =>
    join(join(known, standingFor(state)), { progress: hasBothReceipts ? 'durable' : 'local' }),
  /** Whether a noted proof is checked against the envelope when that arrives. */
  checksNotedProofs: true,
  /** Whether a full list of offers drops one for the next, rather than refuse the next. */
  dropsOffers: false,
  /**
   * `locked`: from reading to commit nothing else happens to the crate at this archive, and the answer comes after it.
   * `unlocked`: others decide on the same reading. `answered-early`: the answer goes out before the commit.
   */
  commit: 'locked' as 'locked' | 'unlocked' | 'answered-early',
};

export type Rules = typeof shippedRules;

export function standingFor(state: CrateState): Standing {
  switch (state) {
    case 'unknown':
      return { progress: 'local' };
    case 'accepted':
    case 'delivered':
      return { progress: state };
    case 'discarded':
    case 'recalled':
    case 'expired':
      return { progress: 'accepted', end: state };
  }
}
