/**
 * How many offers, and proofs told early, are kept in all, and whether there is room for more. Counted as they come and
 * go, and anew from the table now and then; in between rather too many, so that the bound is kept whoever else counts.
 */
import { Injectable } from '@nestjs/common';
import { archiveLimits } from '../../limits.js';
import { OfferRepository, type OfferCounts } from './offer.repository.js';

@Injectable()
export class OfferRoom {
  private counted: OfferCounts = { offers: 0, early: 0 };
  /** Since the last count began. */
  private changed: OfferCounts = { offers: 0, early: 0 };
  private countedAt = -Infinity;
  private countsBegun = 0;

  constructor(private readonly offers: OfferRepository) {}

  get kept(): OfferCounts {
    return sum(this.counted, this.changed);
  }

  /** For further offers. */
  get left(): number {
    return archiveLimits.offersMax - this.kept.offers;
  }

  get isFullOfProofs(): boolean {
    return this.kept.early >= archiveLimits.earlyDeparturesMax;
  }

  take(more: OfferCounts): void {
    this.changed = sum(this.changed, more);
  }

  /** Gives back what `drop` has removed, unless a count began meanwhile, which may have seen that already. */
  async giveBack(drop: () => Promise<OfferCounts>): Promise<void> {
    const { countsBegun } = this;
    const { offers, early } = await drop();
    if (countsBegun === this.countsBegun) this.take({ offers: -offers, early: -early });
  }

  async count(): Promise<void> {
    this.countedAt = performance.now();
    this.countsBegun += 1;
    const before = this.changed;
    const counted = await this.offers.totals();
    // What was taken while the database counted may stand in both.
    this.changed = sum(this.changed, { offers: -before.offers, early: -before.early });
    this.counted = counted;
    this.countsBegun += 1;
  }

  /** Before anybody is refused for want of room, unless it was counted a moment ago. */
  async countWhenFull(): Promise<void> {
    const isFull = this.left <= 0 || this.isFullOfProofs;
    if (isFull && performance.now() - this.countedAt >= archiveLimits.offerRecountMsMin) await this.count();
  }
}

const sum = (a: OfferCounts, b: OfferCounts): OfferCounts => ({
  offers: a.offers + b.offers,
  early: a.early + b.early,
});
