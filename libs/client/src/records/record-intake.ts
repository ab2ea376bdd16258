/**
 * The one way by which records come in: strictly verified, of the kind that was asked for, and then remembered. An
 * archive need not be trusted for what it sends; what does not verify is reported and never reaches the application.
 */
import {
  HoldfastError,
  matchesFilter,
  verifyRecord,
  type FollowFilter,
  type HoldfastRecord,
} from '@holdfast/protocol/core';
import type { Problem } from '../problem.js';
import { secondsOf, type Clock } from '../clock.js';
import type { ArchiveLink } from '../link/archive-link.js';
import type { RecordCache } from './record-cache.js';

export class RecordIntake {
  constructor(
    private readonly cache: RecordCache,
    private readonly clock: Clock,
    private readonly report: (problem: Problem) => void,
  ) {}

  /** The record with that id. Throws `answer-invalid`. */
  async one(jws: string, id: string, link: ArchiveLink): Promise<HoldfastRecord> {
    const verified = await verifyRecord(jws, this.#now(link));
    if (verified.ok && verified.value.id === id) {
      this.cache.add(verified.value);
      return verified.value;
    }
    const detail = verified.ok ? 'The archive sent another record than was asked for.' : verified.detail;
    this.report({ code: 'answer-invalid', detail, url: link.url, id });
    throw new HoldfastError('answer-invalid', detail, { url: link.url });
  }

  /** What of a list may be handed on, undefined in the place of what may not. */
  many(
    list: readonly string[],
    filter: FollowFilter,
    link: ArchiveLink,
  ): Promise<(HoldfastRecord | undefined)[]> {
    const now = this.#now(link);
    return Promise.all(
      list.map(async (jws) => {
        const verified = await verifyRecord(jws, now);
        if (verified.ok && matchesFilter(filter, verified.value)) {
          this.cache.add(verified.value);
          return verified.value;
        }
        // A record may expire on its way: nothing is wrong with the archive then.
        if (!verified.ok && verified.code === 'record-expired') return undefined;
        const detail = verified.ok ? 'The archive sent a record that the filter excludes.' : verified.detail;
        this.report({ code: 'answer-invalid', detail, url: link.url });
        return undefined;
      }),
    );
  }

  /** Our clock or the archive's, whichever is ahead: a clock that is behind must not make new records look too new. */
  #now(link: ArchiveLink): number {
    return secondsOf(this.clock) + Math.max(0, link.open?.aheadSeconds ?? 0);
  }
}
