/**
 * What happens first to a crate that was offered, when it comes: its other holders are remembered, and a proof that was
 * noted for it and fits lets it go. What a crash has left undone of that is found again by a sweep, which also forgets
 * what is no longer waited for.
 */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import { hourOf, type WayOut } from '../../crates/crate.js';
import { DepartureService } from '../../crates/departure.service.js';
import { EarlyNews } from '../../crates/early-news.js';
import { HolderService } from '../../crates/holders/holder.service.js';
import { archiveLimits } from '../../limits.js';
import { ArchiveAddress } from '../../platform/http/archive-address.js';
import { Log } from '../../platform/logging/log.js';
import { OfferRepository, type NotedOffer } from './offer.repository.js';
import { OfferRoom } from './offer-room.js';
import { offeredHolders } from './offered-holders.js';

@Injectable()
export class OfferedCrates implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly offers: OfferRepository,
    private readonly room: OfferRoom,
    private readonly holders: HolderService,
    private readonly departures: DepartureService,
    private readonly earlyNews: EarlyNews,
    private readonly address: ArchiveAddress,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    this.earlyNews.keptBy((crates) => this.settle(crates));
    await this.room.count();
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

  /** Forgets what is no longer waited for, and hears what was not heard when its crate came. */
  async sweep(nowMs: number): Promise<void> {
    while ((await this.offers.end(hourOf(nowMs))) === archiveLimits.offerBatchMax);
    await this.room.count();
    for (;;) {
      const unheard = await this.offers.unheard();
      if (unheard.length > 0) await this.hear(unheard);
      if (unheard.length < archiveLimits.offerBatchMax) return;
    }
  }

  /**
   * The table is asked in any case, for another process on this database may have been told; but where this one knows of
   * no offer at all, nobody waits for that, and what is found then lets the crate go a moment after it came.
   */
  private async settle(crates: readonly string[]): Promise<ReadonlyMap<string, WayOut>> {
    const { offers, early } = this.room.kept;
    const heard = this.hear(crates);
    if (offers + early > 0) return heard;
    heard.catch((error: unknown) => this.log.warn({ error }, 'what was told of crates could not be read'));
    return new Map();
  }

  private async hear(crates: readonly string[]): Promise<Map<string, WayOut>> {
    const gone = new Map<string, WayOut>();
    const noted = await this.offers.of(crates);
    if (noted.length === 0) return gone;
    const holders = noted.flatMap((offer) => offeredHolders(offer, offer, this.address.url));
    await this.holders.add(holders, Date.now());
    for (const offer of noted) {
      const state = await this.depart(offer);
      if (state !== undefined) gone.set(offer.crate, state);
    }
    await this.room.giveBack(() => this.offers.drop([...new Set(noted.map(({ crate }) => crate))]));
    return gone;
  }

  /** A proof that does not fit is worth nothing, and is thrown away with its offer. */
  private async depart({ crate, archive, departure }: NotedOffer): Promise<WayOut | undefined> {
    if (departure === undefined) return undefined;
    try {
      const { status } = await this.departures.depart({ crate, ...departure, toldBy: archive });
      return status === 'unknown' || status === 'accepted' ? undefined : status;
    } catch (error) {
      if (error instanceof HoldfastError && !error.retryable) return undefined;
      throw error;
    }
  }
}
