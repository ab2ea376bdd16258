/**
 * Brings crates to another archive (spec/custody.md, "Errands"): offers them, and sends those that it wants. Its
 * custody receipts are verified before they are kept; a proof that it answers with lets our own copy go.
 */
import {
  HoldfastError,
  decideOffered,
  provesDeparture,
  verifyCustody,
  type ErrorCode,
  type OfferAnswer,
} from '@holdfast/protocol';
import { wayOf } from '../crates/crate.js';
import type { DepartureService } from '../crates/departure.service.js';
import { archiveLimits } from '../limits.js';
import { inBatches } from './batches.js';
import { asHoldfast, codeOf, later, offerOf, type Errand, type SettledErrand } from './errand.js';
import type { ErrandRepository } from './errand.repository.js';
import type { MetArchive } from '../platform/outgoing/introductions.js';
import type { OtherArchives } from './outgoing/other-archives.js';

export interface BringingParts {
  readonly errands: ErrandRepository;
  readonly others: OtherArchives;
  readonly departures: DepartureService;
}

type Settle = (settled: readonly SettledErrand[]) => Promise<void>;

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

export class Bringing {
  constructor(private readonly parts: BringingParts) {}

  /** @param begunBy begins to send nothing after that; what is left stays due */
  async bring(
    archive: MetArchive,
    errands: readonly Errand[],
    settle: Settle,
    begunBy: number,
  ): Promise<void> {
    const answers = await this.parts.others.offer(archive, errands.map(offerOf));
    const wanted: Errand[] = [];
    const settled: SettledErrand[] = [];
    for (const [i, errand] of errands.entries()) {
      const outcome = await this.afterOffer(archive, errand, answers[i]!);
      if (outcome === 'wanted') wanted.push(errand);
      else settled.push(outcome);
    }
    await settle(settled);
    const { errandBatchBytesMax } = archiveLimits;
    for (const some of inBatches(wanted, ({ sizeBytes }) => sizeBytes, errandBatchBytesMax)) {
      await this.bringEnvelopes(archive, some, settle, begunBy);
      if (performance.now() > begunBy) return;
    }
  }

  private async afterOffer(
    archive: MetArchive,
    errand: Errand,
    answer: OfferAnswer,
  ): Promise<SettledErrand | 'wanted'> {
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
        // Told by nobody: the id of an introduction is not signed, and must not keep another archive from being told.
        await this.parts.departures.depart({ crate: errand.crate.id, way: way!, proof: shown });
        return { errand, archive: archive.id };
      case 'stop':
        return { errand, archive: archive.id };
      default:
        return later(errand, codeOf(code), until);
    }
  }

  /** Some at once; the first thing that is wrong with the archive itself ends it, when those under way are settled. */
  private async bringEnvelopes(
    archive: MetArchive,
    errands: readonly Errand[],
    settle: Settle,
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
        if (!(settled instanceof HoldfastError)) await settle([settled]);
        else if (targetCodes.has(settled.code)) failure ??= settled;
        else await settle([later(next, settled.code, settled.data['until'])]);
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
}
