/**
 * Reads records: from this client's own memory first, then from the other clients where there is an overlay, and from
 * the archives; and says where they came from.
 */
import {
  checkFilter,
  HoldfastError,
  isRecordId,
  queryFilterSchema,
  valueOf,
  type FollowFilter,
  type HoldfastRecord,
  type QueryFilter,
} from '@holdfast/protocol/core';
import { secondsOf, type Clock } from '../clock.js';
import { limits } from '../limits.js';
import type { ArchiveLink, Asking } from '../link/archive-link.js';
import type { Archives } from '../link/archives.js';
import type { StopSignal } from '../stopper.js';
import type { Waiting } from '../waiting.js';
import { claimOf, inOrder } from './coverage.js';
import { askHedged } from './hedged.js';
import type { RecordCache } from './record-cache.js';
import type { RecordIntake } from './record-intake.js';
import type { RecordOutbox } from './record-outbox.js';
import type { RecordOverlay } from './record-overlay.js';
import type { Attempt, FoundRecord, GetOptions, Place, RecordPage, Source } from './records-contract.js';

export interface ReaderParts {
  readonly archives: Archives;
  readonly cache: RecordCache;
  readonly outbox: RecordOutbox;
  readonly intake: RecordIntake;
  readonly clock: Clock;
  readonly overlay: () => Promise<RecordOverlay | undefined>;
}

const places: readonly Place[] = ['local', 'dht', 'flood', 'archive'];
const askedLocally: Attempt = { place: 'local', code: 'record-not-found' };

export class Reader {
  constructor(private readonly parts: ReaderParts) {}

  async get(id: string, { signal, via = places }: GetOptions): Promise<FoundRecord> {
    if (!isRecordId(id)) {
      throw new HoldfastError('request-malformed', 'A record id is 43 characters of base64url.');
    }
    const isLocalAsked = via.includes('local');
    const record = isLocalAsked ? await this.#own(id) : undefined;
    if (record !== undefined) return { record, source: { kind: 'local' }, tried: [{ place: 'local' }] };
    const tried = isLocalAsked ? [askedLocally] : [];
    const overlay = await this.parts.overlay();
    if (overlay !== undefined) {
      return overlay.get(id, { via, signal, tried }, (ended) => this.#getFromArchives(id, ended, []));
    }
    if (!via.includes('archive')) {
      const code = via.length > tried.length ? 'overlay-unreachable' : 'record-not-found';
      throw new HoldfastError(code, 'This client does not hold the record, and was to ask no archive.');
    }
    return this.#getFromArchives(id, signal, tried);
  }

  async #getFromArchives(
    id: string,
    signal: StopSignal | undefined,
    before: readonly Attempt[],
  ): Promise<FoundRecord> {
    const { archives, intake, clock } = this.parts;
    const { value, link, tried } = await askHedged(
      inOrder(archives.main, {}),
      async (asked, ended) => {
        const answer = await asked.request({ op: 'get', id }, 'record', { signal: ended });
        return intake.one(answer.record, id, asked);
      },
      { clock, hedgeMs: limits.hedgeMs, signal, tried: before },
    );
    return { record: value, source: sourceOf(link), tried };
  }

  /** What it has in memory, or keeps until an archive has it. */
  async #own(id: string): Promise<HoldfastRecord | undefined> {
    const { cache, outbox, clock } = this.parts;
    return cache.get(id, secondsOf(clock)) ?? (await outbox.waiting(id));
  }

  /** @param isWhole  the archives' answer is wanted as long as there can be one */
  async query(filter: QueryFilter, asking: Asking, isWhole = false): Promise<RecordPage> {
    const overlay = filter.cursor === undefined ? await this.parts.overlay() : undefined;
    if (overlay === undefined) return this.#queryArchives(filter, asking);
    valueOf(checkFilter(queryFilterSchema, filter));
    const { signal, isImpatient } = asking;
    return overlay.query(filter, { signal, isWhole }, (ended) =>
      this.#queryArchives(filter, { signal: ended, isImpatient }),
    );
  }

  async #queryArchives(filter: QueryFilter, { signal, isImpatient }: Asking): Promise<RecordPage> {
    const { archives, clock } = this.parts;
    const { cursor, ...rest } = filter;
    const begun = cursor === undefined ? undefined : await this.#placeOf(cursor, signal);
    const asked = begun === undefined ? rest : { ...rest, cursor: begun.cursor };
    valueOf(checkFilter(queryFilterSchema, asked));
    const { value, link, lack, tried } = await askHedged(
      begun === undefined ? inOrder(archives.main, asked) : [begun.link],
      (place, ended) => this.#pageOf(place, asked, { signal: ended, isImpatient }),
      {
        clock,
        hedgeMs: limits.hedgeMs,
        signal,
        tried: [],
        claimOf: (place) => claimOf(place, asked),
        lackOf: ({ records, cursor: more }, place) => {
          const coveredFrom = more === undefined ? (asked.since ?? 0) : (records.at(-1)?.iat ?? 0);
          const claimed = claimOf(place, asked);
          return claimed <= coveredFrom ? 0 : claimed;
        },
      },
    );
    const next = value.cursor === undefined ? {} : { cursor: `${link.archiveId ?? ''}.${value.cursor}` };
    return { records: value.records, ...next, complete: lack === 0, source: sourceOf(link), tried };
  }

  async *queryAll(filter: QueryFilter, waiting: Waiting): AsyncGenerator<HoldfastRecord, undefined> {
    for (let page: QueryFilter | undefined = filter; page !== undefined;) {
      const { records, cursor }: RecordPage = await this.query(page, waiting, true);
      yield* records;
      page = cursor === undefined ? undefined : { ...filter, cursor };
    }
  }

  /**
   * The first page of every archive, also of those that are still connecting and those for crates only, in one list,
   * when the first one that answers has nothing. For what must be found though the archives do not hold the same yet.
   */
  async queryEvery(filter: QueryFilter, asking: Asking): Promise<readonly HoldfastRecord[]> {
    const { links, main } = this.parts.archives;
    const first = await this.query(filter, asking, true).catch((error: unknown) => ({ error }));
    if ('records' in first && first.records.length > 0) return first.records;
    const asked = 'error' in first ? main : main.filter(({ url }) => isFrom(first.source, url));
    const others = links.filter((link) => !asked.includes(link));
    const pages = await Promise.allSettled(others.map((link) => this.#pageOf(link, filter, asking)));
    if ('error' in first && pages.every(({ status }) => status === 'rejected')) throw first.error;
    const found = pages.flatMap((page) => (page.status === 'fulfilled' ? page.value.records : []));
    return [...new Map(found.map((record) => [record.id, record])).values()];
  }

  async #pageOf(
    link: ArchiveLink,
    filter: QueryFilter,
    asking: Asking,
  ): Promise<{ records: HoldfastRecord[]; cursor: string | undefined }> {
    const page = await link.request({ op: 'query', filter }, 'page', asking);
    const records = await this.parts.intake.many(
      page.records.slice(0, limitOf(filter)),
      matchMembers(filter),
      link,
    );
    return { records: records.filter((record) => record !== undefined), cursor: page.cursor };
  }

  /** A page's cursor is its archive's id, a dot, and the cursor that the archive gave. */
  async #placeOf(
    cursor: string,
    signal: StopSignal | undefined,
  ): Promise<{ link: ArchiveLink; cursor: string }> {
    const dot = cursor.indexOf('.');
    const link = dot < 0 ? undefined : await this.parts.archives.withId(cursor.slice(0, dot), { signal });
    if (link === undefined) {
      throw new HoldfastError('cursor-invalid', 'The cursor comes from an archive that is not known here.');
    }
    return { link, cursor: cursor.slice(dot + 1) };
  }
}

/** The members of a filter that can be checked here. */
export function matchMembers({ author, collection, key, topic, since, until }: QueryFilter): FollowFilter {
  return { author, collection, key, topic, since, until } as FollowFilter;
}

const isFrom = (source: Source, url: string): boolean => source.kind === 'archive' && source.url === url;

const limitOf = ({ limit }: QueryFilter): number => limit ?? Infinity;

const sourceOf = (link: ArchiveLink): Source => ({
  kind: 'archive',
  archive: link.archiveId ?? '',
  url: link.url,
});
