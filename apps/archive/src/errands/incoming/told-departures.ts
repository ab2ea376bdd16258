/**
 * Ways out that other archives tell of (spec/custody.md, "Between archives"): checked like anybody's proof, committed
 * and answered with how the crate has really left. What is told of a crate that is not here is noted where that archive
 * has offered it, and checked when it comes; so no order of arrival brings a crate back, and nobody can forbid one.
 */
import { Injectable } from '@nestjs/common';
import type { DepartureAnswer, ToldDeparture } from '@holdfast/protocol';
import { DepartureService } from '../../crates/departure.service.js';
import { HolderService } from '../../crates/holders/holder.service.js';
import type { AskingArchive } from '../../platform/archive-identity/archive-tokens.js';
import { asHoldfastError } from '../../platform/http/failure.js';
import { OfferRepository } from './offer.repository.js';
import { OfferRoom } from './offer-room.js';

@Injectable()
export class ToldDepartures {
  constructor(
    private readonly departures: DepartureService,
    private readonly holders: HolderService,
    private readonly noted: OfferRepository,
    private readonly room: OfferRoom,
  ) {}

  /** One answer for each, in their order. */
  async hear({ archive }: AskingArchive, told: readonly ToldDeparture[]): Promise<DepartureAnswer[]> {
    const answers = await Promise.all(told.map((each) => this.hearOne(archive, each)));
    // Also of those that had left before: whoever tells of it knows.
    const isGone = ({ status }: DepartureAnswer) => !['noted', 'unknown', 'refused'].includes(status);
    await this.holders.knows(
      archive,
      answers.filter(isGone).map(({ crate }) => crate),
    );
    return answers;
  }

  private async hearOne(archive: string, told: ToldDeparture): Promise<DepartureAnswer> {
    try {
      return (await this.depart(archive, told)) ?? (await this.note(archive, told));
    } catch (error) {
      const { code } = asHoldfastError(error);
      if (code === 'internal-error') throw error;
      return { crate: told.crate, status: 'refused', code };
    }
  }

  /** Undefined when the crate is not here. */
  private async depart(
    archive: string,
    { crate, way, proof }: ToldDeparture,
  ): Promise<DepartureAnswer | undefined> {
    const wish = { crate, way, proof: Buffer.from(proof, 'base64url'), toldBy: archive };
    const left = await this.departures.departHeld(wish);
    return left && { crate, status: left.status };
  }

  private async note(archive: string, told: ToldDeparture): Promise<DepartureAnswer> {
    const { crate } = told;
    await this.room.countWhenFull();
    const outcome = this.room.isFullOfProofs ? 'full' : await this.noted.noteDeparture(archive, told);
    if (outcome === 'noted') this.room.take({ offers: 0, early: 1 });
    // It may have come in this very moment, and its news been looked for a moment before.
    const arrived = await this.depart(archive, told);
    if (arrived !== undefined) return arrived;
    if (outcome === 'full') return { crate, status: 'refused', code: 'quota-exceeded' };
    return { crate, status: outcome === 'noted' ? 'noted' : 'unknown' };
  }
}
