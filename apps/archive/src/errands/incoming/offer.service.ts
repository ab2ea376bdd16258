/**
 * Answers offers of other archives (spec/custody.md, "Between archives"), and keeps those that are wanted. What is kept
 * is bounded for each archive and in all: where there is no room an offer is refused, and displaces nothing.
 */
import { Injectable } from '@nestjs/common';
import {
  ageOf,
  checkExpiry,
  decideOffer,
  encodeBase64url,
  type ErrorCode,
  type Offer,
  type OfferAnswer,
} from '@holdfast/protocol';
import { hourOf, type HeldCrate } from '../../crates/crate.js';
import { HolderService } from '../../crates/holders/holder.service.js';
import { archiveLimits } from '../../limits.js';
import type { AskingArchive } from '../../platform/archive-identity/archive-tokens.js';
import { ArchiveAddress } from '../../platform/http/archive-address.js';
import { OfferRepository } from './offer.repository.js';
import { OfferRoom } from './offer-room.js';
import { offeredHolders } from './offered-holders.js';

interface Refused {
  readonly code: ErrorCode;
  readonly quota?: string;
}

@Injectable()
export class OfferService {
  constructor(
    private readonly offers: OfferRepository,
    private readonly room: OfferRoom,
    private readonly holders: HolderService,
    private readonly address: ArchiveAddress,
  ) {}

  /** One answer for each offer, in their order. */
  async answer(asking: AskingArchive, offers: readonly Offer[], nowMs: number): Promise<OfferAnswer[]> {
    const ids = offers.map(({ crate }) => crate);
    const [held, noted] = [await this.holders.held(ids), await this.offers.openOf(asking.archive, ids)];
    await this.room.countWhenFull();
    const wanted = new Map<string, Offer>();
    const answers: OfferAnswer[] = [];
    // From here to the notes nothing is waited for, so that no other request is promised the same room.
    let ofArchive = archiveLimits.offersPerArchiveMax - noted.count;
    let taken = 0;
    for (const offer of offers) {
      const here = held.get(offer.crate);
      const takesRoom = !noted.crates.has(offer.crate) && !wanted.has(offer.crate);
      const hasRoom = !takesRoom || Math.min(ofArchive, this.room.left - taken) > 0;
      const refusal = here === undefined ? this.refusalOf(offer, hasRoom, nowMs) : undefined;
      const age = ageOf(offer.expiryHour, nowMs / 1000);
      const { answer } = decideOffer(here?.state ?? 'unknown', age, refusal === undefined);
      if (answer === 'wanted') {
        wanted.set(offer.crate, offer);
        ofArchive -= Number(takesRoom);
        taken += Number(takesRoom);
      }
      answers.push({ crate: offer.crate, status: answer, ...(answer === 'refused' ? refusal : {}) });
    }
    this.room.take({ offers: taken, early: 0 });
    if (wanted.size > 0) await this.offers.note(asking, [...wanted.values()], hourOf(nowMs));
    await this.addHolders(asking, offers, held, nowMs);
    return Promise.all(
      answers.map(async (answer) => ({ ...answer, ...(await this.shown(held.get(answer.crate), nowMs)) })),
    );
  }

  /** Who offers a crate that is known here holds it, and knows how it has left once it has the answer. */
  private async addHolders(
    asking: AskingArchive,
    offers: readonly Offer[],
    held: ReadonlyMap<string, HeldCrate>,
    nowMs: number,
  ): Promise<void> {
    const known = offers.filter(({ crate }) => held.has(crate));
    const holders = known.flatMap((offer) => offeredHolders(offer, asking, this.address.url));
    await this.holders.add(holders, nowMs);
    const gone = [...held.values()].filter(({ state }) => state !== 'accepted').map(({ id }) => id);
    await this.holders.knows(asking.archive, gone);
  }

  private refusalOf({ sizeBytes, expiryHour }: Offer, hasRoom: boolean, nowMs: number): Refused | undefined {
    const expiry = checkExpiry(expiryHour, nowMs / 1000);
    if (!expiry.ok) return { code: expiry.code };
    const quota = hasRoom ? this.holders.lacks(sizeBytes) : 'archive-offers';
    return quota === undefined ? undefined : { code: 'quota-exceeded', quota };
  }

  private async shown(here: HeldCrate | undefined, nowMs: number): Promise<Partial<OfferAnswer>> {
    if (here === undefined) return {};
    if (here.state === 'accepted') return { custody: await this.holders.custodyOf(here, nowMs) };
    return here.proof === null ? {} : { proof: encodeBase64url(here.proof) };
  }
}
