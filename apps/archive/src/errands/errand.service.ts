/**
 * What has to be done at other archives (spec/custody.md, "Errands"): begun at the commit that asked for it, woken by
 * the queue when another attempt is due, and found by a sweep of the table in which it stands, so that neither a crash
 * nor a queue that forgets loses any of it.
 */
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { CrateEvents } from '../crates/crate-events.js';
import { DepartureService } from '../crates/departure.service.js';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import type { AskingArchive } from '../platform/archive-identity/archive-tokens.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
import { Log } from '../platform/logging/log.js';
import { WakeQueue } from '../platform/queue/wake-queue.js';
import { ErrandDispatcher } from './errand-dispatcher.js';
import { ErrandMetrics } from './errand-metrics.js';
import type { SettledErrand } from './errand.js';
import { ErrandRepository } from './errand.repository.js';
import { ErrandRunner } from './errand-runner.js';
import { errandName, urlOfErrand } from './errand-name.js';
import { Introductions } from '../platform/outgoing/introductions.js';
import { OtherArchives } from './outgoing/other-archives.js';
import { PeerRequests } from '../platform/outgoing/peer-requests.js';

@Injectable()
export class ErrandService implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly dispatcher: ErrandDispatcher;
  private timer: NodeJS.Timeout | undefined;
  private isSweeping = false;

  constructor(
    private readonly errands: ErrandRepository,
    private readonly introductions: Introductions,
    private readonly requests: PeerRequests,
    private readonly events: CrateEvents,
    private readonly queue: WakeQueue,
    private readonly address: ArchiveAddress,
    private readonly metrics: ErrandMetrics,
    private readonly log: Log,
    others: OtherArchives,
    departures: DepartureService,
    identity: ArchiveIdentity,
  ) {
    const runner = new ErrandRunner({
      errands,
      introductions,
      others,
      departures,
      ownId: identity.id,
      log,
      onSettled: (url, settled) => this.settled(url, settled),
    });
    this.dispatcher = new ErrandDispatcher({
      runBatch: (url) => runner.runBatch(url),
      hurry: (url) => this.hurry(url),
      now: () => performance.now(),
    });
    metrics.countFailingTargets(() => this.dispatcher.failing);
  }

  onModuleInit(): void {
    this.queue.handle('run-errand', async (name) => this.dispatcher.due(urlOfErrand(name)));
    this.events.onErrandsDue((urls) => {
      for (const url of urls) this.dispatcher.due(url);
    });
  }

  /** Others can be asked only when they could ask back. */
  onApplicationBootstrap(): void {
    void this.address.isListening.then(() => this.begin());
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.requests.close();
    await this.dispatcher.stop();
  }

  /** An archive has asked for something: it is alive. */
  heardOf({ archive, url }: AskingArchive): void {
    const urls = new Set([...this.introductions.urlsOf(archive), ...(url === undefined ? [] : [url])]);
    for (const each of urls) void this.dispatcher.heardOf(each);
  }

  /** Finds what is due in the table. */
  async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      for (const url of await this.errands.targetsDue(Date.now())) this.dispatcher.due(url);
    } catch (error) {
      this.log.warn({ error }, 'a sweep for due errands failed');
    } finally {
      this.isSweeping = false;
    }
  }

  private async begin(): Promise<void> {
    this.timer = setInterval(() => void this.sweep(), archiveLimits.errandSweepMs);
    await this.sweep();
    const later = await this.errands.later(Date.now()).catch(() => []);
    for (const { crate, url, at } of later) await this.queue.wake('run-errand', errandName(crate, url), at);
  }

  private settled(url: string, settled: readonly SettledErrand[]): void {
    for (const { errand, code, nextAttemptAt } of settled) {
      this.metrics.count(
        errand.state === 'accepted' ? 'bring' : 'tell',
        code === undefined ? 'done' : 'failed',
      );
      if (nextAttemptAt === undefined) continue;
      void this.queue.wake('run-errand', errandName(errand.crate.id, url), nextAttemptAt);
    }
  }

  private async hurry(url: string): Promise<boolean> {
    try {
      return (await this.errands.hurry(url, Date.now())) > 0;
    } catch (error) {
      this.log.warn({ error }, 'errands could not be hurried');
      return false;
    }
  }
}
