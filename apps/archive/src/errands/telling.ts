/**
 * Tells another archive how crates have left (spec/custody.md, "Errands"). One that answers that it knows nothing of a
 * crate may still get it, from its sender: so it is offered the crate, as one that keeps what it is told has to be, and
 * told again. What has no answer that ends it is told again later.
 */
import { decideOffered, decideTold, encodeBase64url } from '@holdfast/protocol';
import { wayOf } from '../crates/crate.js';
import { archiveLimits } from '../limits.js';
import { inBatches } from './batches.js';
import { codeOf, later, offerBytes, offerOf, type Errand, type SettledErrand } from './errand.js';
import type { MetArchive } from '../platform/outgoing/introductions.js';
import type { OtherArchives } from './outgoing/other-archives.js';

type Settle = (settled: readonly SettledErrand[]) => Promise<void>;

export class Telling {
  constructor(private readonly others: OtherArchives) {}

  /** @param errands of crates that have left here on a proof */
  async tell(archive: MetArchive, errands: readonly Errand[], settle: Settle): Promise<void> {
    const unheardOf = await this.tellOnce(archive, errands, settle);
    for (const some of inBatches(unheardOf, offerBytes, archiveLimits.archiveBodyBytesGoal)) {
      const offered = await this.offer(archive, some, settle);
      const stillUnheardOf = await this.tellOnce(archive, offered, settle);
      await settle(stillUnheardOf.map((errand) => later(errand, 'crate-not-found')));
    }
  }

  /** Answers those that the other archive knows nothing of. */
  private async tellOnce(
    archive: MetArchive,
    errands: readonly Errand[],
    settle: Settle,
  ): Promise<readonly Errand[]> {
    if (errands.length === 0) return [];
    const told = errands.map(({ crate, state, proof }) => ({
      crate: crate.id,
      way: wayOf[state]!,
      proof: encodeBase64url(proof!),
    }));
    const answers = await this.others.tell(archive, told);
    const steps = errands.map((errand, i) => ({
      errand,
      step: decideTold(answers[i]!.status),
      code: answers[i]!.code,
    }));
    await settle(
      steps
        .filter(({ step }) => step !== 'offer')
        .map(({ errand, step, code }) =>
          step === 'done' ? { errand, archive: archive.id } : later(errand, codeOf(code)),
        ),
    );
    return steps.filter(({ step }) => step === 'offer').map(({ errand }) => errand);
  }

  /** Answers those of which the other archive can be told now. */
  private async offer(
    archive: MetArchive,
    errands: readonly Errand[],
    settle: Settle,
  ): Promise<readonly Errand[]> {
    const answers = await this.others.offer(archive, errands.map(offerOf));
    const tellable: Errand[] = [];
    const settled: SettledErrand[] = [];
    for (const [i, errand] of errands.entries()) {
      const { status, code, until } = answers[i]!;
      // A proof is of no use any more: it has left here, too.
      const step = decideOffered(errand.state, status === 'unknown' ? 'refused' : status, false);
      if (step === 'tell') tellable.push(errand);
      else if (step === 'later') {
        settled.push(later(errand, status === 'expired' ? 'crate-expired' : codeOf(code), until));
      } else settled.push({ errand, archive: archive.id });
    }
    await settle(settled);
    return tellable;
  }
}
