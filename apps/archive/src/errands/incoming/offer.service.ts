/**
 * Answers offers of other archives (spec/custody.md, "Between archives"), and keeps what they have told of crates that
 * have not come: who else holds them, and how they have left. When such a crate comes, this is what happens to it first.
 * What is kept is bounded for each archive and in all; a flood of offers displaces offers only, never a proof.
 */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  ageOf,
  checkExpiry,
  decideOffer,
  encodeBase64url,
  HoldfastError,
  limits,
  type ErrorCode,
  type Offer,
  type OfferAnswer,
} from '@holdfast/protocol';
import { hourOf, type HeldCrate, type HeldState } from '../../crates/crate.js';
import { DepartureService } from '../../crates/departure.service.js';
import { EarlyNews } from '../../crates/early-news.js';
import { namedHolders, type HolderOf } from '../../crates/holders/holder.js';
import { HolderService } from '../../crates/holders/holder.service.js';
import { archiveLimits } from '../../limits.js';
import type { AskingArchive } from '../../platform/archive-identity/archive-tokens.js';
import { ArchiveAddress } from '../../platform/http/archive-address.js';
import { Log } from '../../platform/logging/log.js';
import { OfferRepository, type NotedOffer } from './offer.repository.js';

interface Refused {
  readonly code: ErrorCode;
  readonly quota?: string;
}

@Injectable()
export class OfferService implements OnModuleInit, OnModuleDestroy {
  /** Counted now and then, and in between rather too many. */
  private noted = { offers: 0, early: 0 };
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly offers: OfferRepository,
    private readonly holders: HolderService,
    private readonly departures: DepartureService,
    private readonly earlyNews: EarlyNews,
    private readonly address: ArchiveAddress,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    this.earlyNews.keptBy((crates) => this.settle(crates));
    this.noted = await this.offers.totals();
    const sweep = () =>
      this.sweep(Date.now()).catch((error: unknown) =>
        this.log.warn({ error }, 'a sweep of the offers failed'),
      );
    this.timer = setInterval(() => void sweep(), archiveLimits.offerSweepMs);
    // Its own address, which it leaves out of what others name, is not known before.
    void this.address.isListening.then(sweep);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  get early(): number {
    return this.noted.early;
  }

  countEarly(): void {
    this.noted.early += 1;
  }

  /** One answer for each offer, in their order. */
  async answer(asking: AskingArchive, offers: readonly Offer[], nowMs: number): Promise<OfferAnswer[]> {
    const held = await this.holders.held(offers.map(({ crate }) => crate));
    let room = archiveLimits.offersPerArchiveMax - (await this.offers.openOf(asking.archive));
    const wanted = new Map<string, Offer>();
    const answers: OfferAnswer[] = [];
    for (const offer of offers) {
      const here = held.get(offer.crate);
      const refusal = here === undefined ? this.refusalOf(offer, room, nowMs) : undefined;
      const age = ageOf(offer.expiryHour, nowMs / 1000);
      const { answer } = decideOffer(here?.state ?? 'unknown', age, refusal === undefined);
      if (answer === 'wanted') {
        wanted.set(offer.crate, offer);
        room -= 1;
      }
      const why = answer === 'refused' ? refusal : {};
      answers.push({ crate: offer.crate, status: answer, ...why, ...(await this.shown(here, nowMs)) });
    }
    await this.note(asking, [...wanted.values()], nowMs);
    const known = offers.filter(({ crate }) => held.has(crate));
    await this.holders.add(
      known.flatMap((offer) => this.holdersOf(offer, asking)),
      nowMs,
    );
    const gone = [...held.values()].filter(({ state }) => state !== 'accepted').map(({ id }) => id);
    await this.holders.knows(asking.archive, gone);
    return answers;
  }

  /** Forgets what is no longer waited for, and hears what was not heard when its crate came. */
  async sweep(nowMs: number): Promise<void> {
    while ((await this.offers.end(hourOf(nowMs))) === archiveLimits.offerBatchMax);
    this.noted = await this.offers.totals();
    const unheard = await this.offers.unheard();
    if (unheard.length > 0) await this.settle(unheard);
  }

  /** Crates that have come: their other holders are remembered, and a proof that fits lets them go at once. */
  private async settle(crates: readonly string[]): Promise<ReadonlyMap<string, HeldState>> {
    const gone = new Map<string, HeldState>();
    // The table, not the count: another process on this database may have been told.
    const offers = await this.offers.of(crates);
    if (offers.length === 0) return gone;
    await this.holders.add(
      offers.flatMap((offer) => this.holdersOf(offer, offer)),
      Date.now(),
    );
    for (const offer of offers) {
      const state = await this.depart(offer);
      if (state !== undefined) gone.set(offer.crate, state);
    }
    await this.offers.drop([...new Set(offers.map(({ crate }) => crate))]);
    return gone;
  }

  /** A proof that does not fit is worth nothing, and is thrown away with its offer. */
  private async depart({ crate, archive, departure }: NotedOffer): Promise<HeldState | undefined> {
    if (departure === undefined) return undefined;
    try {
      const { status } = await this.departures.depart({ crate, ...departure, toldBy: archive });
      return status === 'unknown' || status === 'accepted' ? undefined : status;
    } catch (error) {
      if (error instanceof HoldfastError && !error.retryable) return undefined;
      throw error;
    }
  }

  private refusalOf({ sizeBytes, expiryHour }: Offer, room: number, nowMs: number): Refused | undefined {
    const expiry = checkExpiry(expiryHour, nowMs / 1000);
    if (!expiry.ok) return { code: expiry.code };
    const quota = room > 0 ? this.holders.lacks(sizeBytes) : 'archive-offers';
    return quota === undefined ? undefined : { code: 'quota-exceeded', quota };
  }

  private async shown(here: HeldCrate | undefined, nowMs: number): Promise<Partial<OfferAnswer>> {
    if (here === undefined) return {};
    if (here.state === 'accepted') return { custody: await this.holders.custodyOf(here, nowMs) };
    return here.proof === null ? {} : { proof: encodeBase64url(here.proof) };
  }

  private async note(asking: AskingArchive, offers: readonly Offer[], nowMs: number): Promise<void> {
    if (offers.length === 0) return;
    const over = this.noted.offers + offers.length - archiveLimits.offersMax;
    if (over > 0) {
      await this.offers.evict(Math.max(over, archiveLimits.offerBatchMax));
      this.noted = await this.offers.totals();
    }
    this.noted.offers += offers.length;
    await this.offers.note(asking, offers, hourOf(nowMs));
  }

  /** Who offers a crate holds it. */
  private holdersOf(
    { crate, holders }: Pick<NotedOffer, 'crate' | 'holders'>,
    { archive, url }: { readonly archive: string; readonly url?: string | undefined },
  ): HolderOf[] {
    const others = holders.filter((each) => each !== url).slice(0, limits.holdersMax - 1);
    return [
      ...(url === undefined ? [] : [{ crate, url, bring: false, archive }]),
      ...namedHolders({ holders: others }, this.address.url).map((holder) => ({ crate, ...holder })),
    ];
  }
}
