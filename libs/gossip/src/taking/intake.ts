/**
 * Records that came over a link go into the archive: one path for news, pages and comparisons. What the archive cannot do
 * now it is asked again; a record that no archive would hand out ends the link (spec/gossip.md, "Refusals").
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { RecordStore, TakenIn } from '../ports.js';

/** How many records were new here, and which were passed over: not refused for good, and not here. */
export interface Intaken {
  readonly stored: number;
  readonly skipped: ReadonlySet<string>;
}

export class Intake {
  constructor(
    private readonly records: RecordStore,
    private readonly life: Life,
  ) {}

  /** @throws HoldfastError `peer-misbehaved` */
  async take(records: readonly string[]): Promise<Intaken> {
    const skipped = new Set<string>();
    let stored = 0;
    let rest = records;
    for (let attempt = 1; rest.length > 0; attempt++) {
      const sent = rest;
      const outcomes = await this.life.persist(() => this.records.takeIn(sent));
      if (outcomes.length !== sent.length) throw new Error('The archive must answer for every record.');
      const verdicts = outcomes.map(verdictOn);
      const isLast = attempt >= gossipLimits.storeAttemptsMax;
      for (const [place, verdict] of verdicts.entries()) {
        if (verdict === 'stored') stored++;
        else if (verdict === 'later' || (verdict === 'again' && isLast)) skipped.add(sent[place]!);
      }
      rest = isLast ? [] : sent.filter((_, place) => verdicts[place] === 'again');
      if (rest.length > 0) await this.life.sleep(this.life.backoffMs(attempt));
    }
    return { stored, skipped };
  }
}

/** `later`: a comparison finds it when its time has come. */
function verdictOn(outcome: TakenIn): 'stored' | 'known' | 'later' | 'again' {
  if (!(outcome instanceof HoldfastError)) return outcome === 'stored' ? 'stored' : 'known';
  if (outcome.code === 'record-from-future') return 'later';
  if (outcome.retryable) return 'again';
  const detail = `The peer handed out a record that is refused with ${outcome.code}: ${outcome.message}`;
  throw new HoldfastError('peer-misbehaved', detail, { refused: outcome.code });
}
