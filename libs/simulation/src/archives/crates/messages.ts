/** What simulated archives say to each other about crates: the bodies of spec/custody.md, and a crate for its envelope. */
import type { Departure } from '@holdfast/gossip';
import type { DepartureAnswer, Offer, OfferAnswer } from '@holdfast/protocol';

export interface Crate {
  readonly crate: string;
  readonly expiryHour: number;
}

/** What a deposit names: archives that have the crate, and such as it is to be brought to. */
export interface NamedArchives {
  readonly bring?: readonly string[];
  readonly holders?: readonly string[];
}

export type CrateOffer = Omit<Offer, 'sizeBytes'>;
export type CrateOfferAnswer = Pick<OfferAnswer, 'crate' | 'status' | 'proof'>;
export type DepositStatus = 'accepted' | 'crate-gone' | 'crate-expired';

/** By the door that is asked: the request, and its answer. */
export interface CrateDoors {
  readonly deposit: { readonly request: Crate; readonly answer: { readonly status: DepositStatus } };
  readonly offers: { readonly request: readonly CrateOffer[]; readonly answer: readonly CrateOfferAnswer[] };
  readonly departures: {
    readonly request: readonly Departure[];
    readonly answer: readonly DepartureAnswer[];
  };
}

export type CrateDoor = keyof CrateDoors;
export type CrateRequest = {
  [Door in CrateDoor]: { readonly door: Door; readonly body: CrateDoors[Door]['request'] };
}[CrateDoor];
