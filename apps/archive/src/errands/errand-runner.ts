/**
 * Does a batch of errands at one archive: tells it how crates have left, offers it crates and brings those that it wants.
 * Its custody receipts are verified before they are kept. A proof that it answers with lets our own copy go. Whatever
 * happens there, every errand of the batch is settled: done, or to be tried again later.
 */
import {
  HoldfastError,
  ageOf,
  decideOffered,
  encodeBase64url,
  isErrorCode,
  provesDeparture,
  verifyCustody,
  type CrateState,
  type ErrorCode,
  type OfferAnswer,
  type Way,
} from '@holdfast/protocol';
import type { DepartureService } from '../crates/departure.service.js';
import type { HolderService } from '../crates/holders/holder.service.js';
import { archiveLimits } from '../limits.js';
import type { Log } from '../platform/logging/log.js';
import { retryDelayMs } from './backoff.js';
import { inBatches } from './batches.js';
import type { BatchOutcome } from './errand-dispatcher.js';
import type { Errand, ErrandRepository, SettledErrand } from './errand.repository.js';
import type { Introductions, MetArchive } from './outgoing/introductions.js';
import type { OtherArchives } from './outgoing/other-archives.js';

export interface RunnerParts {
  readonly errands: ErrandRepository;
  readonly introductions: Introductions;
  readonly others: OtherArchives;
  readonly departures: DepartureService;
  readonly holders: HolderService;
  readonly ownId: string;
  /** When a batch begins nothing new any more, if not after `errandBatchMsMax`. */
  readonly batchMsMax?: number;
  readonly log: Log;
  /** Told of each errand that is over for now. */
  readonly onSettled: (url: string, settled: readonly SettledErrand[]) => void;
}

/** The archive, or the road to it, rather than one crate: the rest of the batch would meet the same. */
const targetCodes = new Set<ErrorCode>([
  'archive-unreachable',
  'request-timeout',
  'answer-invalid',
  'archive-foreign',
  'address-refused',
  'not-authorised',
  'overloaded',
  'unavailable',
]);

const wayOf: Partial<Record<CrateState, Way>> = {
  delivered: 'ack',
  discarded: 'discard',
  recalled: 'recall',
};

export class ErrandRunner {
  private readonly settled = new WeakSet<Errand>();

  constructor(private readonly parts: RunnerParts) {}

  async runBatch(url: string): Promise<BatchOutcome> {
    try {
      const errands = await this.parts.errands.due(url, Date.now());
      if (errands.length === 0) return 'idle';
      return await this.run(url, errands);
    } catch (error) {
      this.parts.log.warn({ error }, 'a batch of errands failed');
      return 'failed';
    }
  }

  private async run(url: string, errands: readonly Errand[]): Promise<BatchOutcome> {
    const { introductions, ownId } = this.parts;
    const over = errands.filter(isOver);
    const open = errands.filter((errand) => !isOver(errand));
    await this.settle(
      url,
      over.map((errand) => ({ errand })),
    );
    if (open.length === 0) return 'worked';
    const archive = await introductions.meet(url).catch((error: unknown) => asHoldfast(error));
    if (archive instanceof HoldfastError) return this.fail(url, open, archive);
    // Another name of our own.
    if (archive.id === ownId) {
      await this.settle(
        url,
        open.map((errand) => ({ errand })),
      );
      return 'worked';
    }
    const told = await this.each(archive, open.filter(isTell), tellBytes, (some) => this.tell(archive, some));
    if (told === 'failed') return 'failed';
    const begunBy = performance.now() + (this.parts.batchMsMax ?? archiveLimits.errandBatchMsMax);
    const bringing = open.filter((errand) => !isTell(errand));
    return this.each(archive, bringing, offerBytes, (some) => this.bring(archive, some, begunBy));
  }

  /** Parts of the errands, none of whose requests is too large; after one that failed the others fail unasked. */
  private async each(
    archive: MetArchive,
    errands: readonly Errand[],
    bytesOf: (errand: Errand) => number,
    work: (some: readonly Errand[]) => Promise<void>,
  ): Promise<'worked' | 'failed'> {
    for (const some of inBatches(errands, bytesOf, archiveLimits.archiveBodyBytesGoal)) {
      try {
        await work(some);
      } catch (error) {
        return this.fail(archive.url, errands, asHoldfast(error));
      }
    }
    return 'worked';
  }

  private async tell(archive: MetArchive, errands: readonly Errand[]): Promise<void> {
    const told = errands.map(({ crate, state, proof }) => ({
      crate: crate.id,
      way: wayOf[state]!,
      proof: encodeBase64url(proof!),
    }));
    const answers = await this.parts.others.tell(archive, told);
    await this.settle(
      archive.url,
      errands.map((errand, i) => {
        const { status, code } = answers[i]!;
        const isLater = status === 'refused' && code !== undefined && isErrorCode(code);
        return isLater ? later(errand, code) : { errand, archive: archive.id };
      }),
    );
  }

  private async bring(archive: MetArchive, errands: readonly Errand[], begunBy: number): Promise<void> {
    const offers = errands.map(({ crate, sizeBytes, expiryHour, others }) => ({
      crate: crate.id,
      sizeBytes,
      expiryHour,
      holders: [...others],
    }));
    const answers = await this.parts.others.offer(archive, offers);
    const wanted: Errand[] = [];
    const settled: SettledErrand[] = [];
    const gone: string[] = [];
    for (const [i, errand] of errands.entries()) {
      const outcome = await this.afterOffer(archive, errand, answers[i]!);
      if (outcome === 'wanted') wanted.push(errand);
      else settled.push(outcome);
      if (outcome !== 'wanted' && outcome.isGone === true) gone.push(errand.crate.id);
    }
    await this.settle(archive.url, settled);
    // Only there: who has promised meanwhile to hold a crate that has left here is still to be told.
    await this.parts.holders.knows(archive.id, gone);
    const { errandBatchBytesMax } = archiveLimits;
    for (const some of inBatches(wanted, ({ sizeBytes }) => sizeBytes, errandBatchBytesMax)) {
      await this.bringEnvelopes(archive, some, begunBy);
      if (performance.now() > begunBy) return;
    }
  }

  private async afterOffer(
    archive: MetArchive,
    errand: Errand,
    answer: OfferAnswer,
  ): Promise<(SettledErrand & { readonly isGone?: boolean }) | 'wanted'> {
    const { status, proof = '', custody, code, until } = answer;
    const way = status === 'wanted' || status === 'refused' ? undefined : wayOf[status];
    const shown = Buffer.from(proof, 'base64url');
    const fits = way !== undefined && (await provesDeparture(errand.crate, way, shown));
    switch (decideOffered('accepted', status === 'unknown' ? 'refused' : status, fits)) {
      case 'bring':
        return 'wanted';
      case 'held':
        return this.promised(archive, errand, custody);
      case 'let-go':
        await this.parts.departures.depart({
          crate: errand.crate.id,
          way: way!,
          proof: shown,
          toldBy: archive.id,
        });
        return { errand, archive: archive.id, isGone: true };
      case 'later':
        return later(errand, code !== undefined && isErrorCode(code) ? code : 'answer-invalid', until);
      case 'stop':
        return { errand, archive: archive.id };
    }
  }

  /** Some at once; the first thing that is wrong with the archive itself ends it, when those under way are settled. */
  private async bringEnvelopes(
    archive: MetArchive,
    errands: readonly Errand[],
    begunBy: number,
  ): Promise<void> {
    const envelopes = await this.parts.errands.envelopes(errands.map(({ crate }) => crate.id));
    const waiting = [...errands];
    let failure: HoldfastError | undefined;
    const bringNext = async (): Promise<void> => {
      do {
        const next = waiting.shift();
        if (next === undefined) return;
        const settled = await this.bringOne(archive, next, envelopes.get(next.crate.id)).catch(asHoldfast);
        if (!(settled instanceof HoldfastError)) await this.settle(archive.url, [settled]);
        else if (targetCodes.has(settled.code)) failure ??= settled;
        else await this.settle(archive.url, [later(next, settled.code, settled.data['until'])]);
        // A slow archive keeps its place for the time of one batch, however many small crates it is brought.
      } while (failure === undefined && performance.now() <= begunBy);
    };
    await Promise.all(Array.from({ length: archiveLimits.errandBringsAtOnce }, bringNext));
    if (failure !== undefined) throw failure;
  }

  private async bringOne(
    archive: MetArchive,
    errand: Errand,
    envelope: Buffer | undefined,
  ): Promise<SettledErrand> {
    // It has left meanwhile: now there is something to tell.
    if (envelope === undefined) return { errand };
    const { custody } = await this.parts.others.bring(archive, envelope);
    return this.promised(archive, errand, custody);
  }

  private async promised(
    archive: MetArchive,
    errand: Errand,
    custody: string | undefined,
  ): Promise<SettledErrand> {
    const { crate, sizeBytes, expiryHour } = errand;
    const terms = { crate: crate.id, sizeBytes, expiryHour };
    const receipt = await verifyCustody(custody ?? '', terms, (Date.now() + archive.clockAheadMs) / 1000);
    if (!receipt.ok || receipt.value.archive !== archive.id) return later(errand, 'custody-invalid');
    return { errand, archive: archive.id, custody };
  }

  private async fail(url: string, errands: readonly Errand[], { code }: HoldfastError): Promise<'failed'> {
    const left = errands.filter((errand) => !this.settled.has(errand));
    await this.settle(
      url,
      left.map((errand) => later(errand, code)),
    );
    return 'failed';
  }

  private async settle(url: string, settled: readonly SettledErrand[]): Promise<void> {
    if (settled.length === 0) return;
    await this.parts.errands.settle(url, settled);
    for (const { errand } of settled) this.settled.add(errand);
    this.parts.onSettled(url, settled);
  }
}

const isTell = ({ state }: Errand): boolean => state !== 'accepted';

/** Nothing is to be brought any more, or nothing that could be told. */
function isOver(errand: Errand): boolean {
  const age = ageOf(errand.expiryHour, Date.now() / 1000);
  if (isTell(errand))
    return wayOf[errand.state] === undefined || errand.proof === null || age === 'forgettable';
  return age !== 'current';
}

function later(errand: Errand, code: ErrorCode, until?: unknown): SettledErrand {
  const now = Date.now();
  const own = now + retryDelayMs(errand.attempts + 1, Math.random());
  // Until when there is no room, it says; at most as far as we would wait by ourselves.
  const latest = now + archiveLimits.errandRetryMsMax;
  const nextAttemptAt = typeof until === 'number' ? Math.min(latest, Math.max(own, until * 1000)) : own;
  return { errand, code, nextAttemptAt };
}

/** In JSON; both are generous. */
const tellBytes = (): number => 256;
const offerBytes = ({ others }: Errand): number => others.reduce((sum, url) => sum + url.length + 4, 256);

function asHoldfast(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  throw error;
}
