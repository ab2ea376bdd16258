/**
 * Does a batch of errands at one archive: tells it how crates have left (telling.ts), and brings it crates
 * (bringing.ts). Whatever happens there, every errand of the batch is settled: done, or to be tried again later.
 */
import { ageOf, HoldfastError } from '@holdfast/protocol';
import { wayOf } from '../crates/crate.js';
import { archiveLimits } from '../limits.js';
import type { Log } from '../platform/logging/log.js';
import { inBatches } from './batches.js';
import { Bringing, type BringingParts } from './bringing.js';
import { asHoldfast, later, offerBytes, tellBytes, type Errand, type SettledErrand } from './errand.js';
import type { BatchOutcome } from './errand-dispatcher.js';
import type { Introductions } from '../platform/outgoing/introductions.js';
import { Telling } from './telling.js';

export interface RunnerParts extends BringingParts {
  readonly introductions: Introductions;
  readonly ownId: string;
  /** When a batch begins nothing new any more, if not after `errandBatchMsMax`. */
  readonly batchMsMax?: number;
  readonly log: Log;
  /** Told of each errand that is over for now. */
  readonly onSettled: (url: string, settled: readonly SettledErrand[]) => void;
}

export class ErrandRunner {
  private readonly settled = new WeakSet<Errand>();
  private readonly telling: Telling;
  private readonly bringing: Bringing;

  constructor(private readonly parts: RunnerParts) {
    this.telling = new Telling(parts.others);
    this.bringing = new Bringing(parts);
  }

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
    const settle = (settled: readonly SettledErrand[]) => this.settle(url, settled);
    const open = errands.filter((errand) => !isOver(errand));
    await settle(errands.filter(isOver).map((errand) => ({ errand })));
    if (open.length === 0) return 'worked';
    const archive = await introductions.meet(url).catch((error: unknown) => asHoldfast(error));
    if (archive instanceof HoldfastError) return this.fail(url, open, archive);
    // Another name of our own.
    if (archive.id === ownId) {
      await settle(open.map((errand) => ({ errand })));
      return 'worked';
    }
    const told = await this.each(url, open.filter(isTell), tellBytes, (some) =>
      this.telling.tell(archive, some, settle),
    );
    if (told === 'failed') return 'failed';
    const begunBy = performance.now() + (this.parts.batchMsMax ?? archiveLimits.errandBatchMsMax);
    const bringing = open.filter((errand) => !isTell(errand));
    return this.each(url, bringing, offerBytes, (some) =>
      this.bringing.bring(archive, some, settle, begunBy),
    );
  }

  /** Parts of the errands, none of whose requests is too large; after one that failed the others fail unasked. */
  private async each(
    url: string,
    errands: readonly Errand[],
    bytesOf: (errand: Errand) => number,
    work: (some: readonly Errand[]) => Promise<void>,
  ): Promise<'worked' | 'failed'> {
    for (const some of inBatches(errands, bytesOf, archiveLimits.archiveBodyBytesGoal)) {
      try {
        await work(some);
      } catch (error) {
        return this.fail(url, errands, asHoldfast(error));
      }
    }
    return 'worked';
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
  if (!isTell(errand)) return age !== 'current';
  return wayOf[errand.state] === undefined || errand.proof === null || age === 'forgettable';
}
