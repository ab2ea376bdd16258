/**
 * `get` and `query` with an overlay: the other clients and the archives, hedged. A record is the same whoever has it, so the
 * clients are asked first and the archives somewhat later, or at once when the clients have nothing. A page is another
 * matter: only an archive can say that there is nothing more, so it is asked at once, and what clients have counts when no
 * archive has answered for a while. What an archive answered is kept here for others.
 */
import {
  dhtSettings,
  recordPlace,
  type Place,
  type FoundIn,
  type Question,
  type SearchOptions,
  type VerifiedItem,
} from '@holdfast/dht';
import {
  compareRevisions,
  HoldfastError,
  matchesFilter,
  type HoldfastRecord,
  type QueryFilter,
} from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { matchMembers } from '../../records/reader.js';
import type { AskArchives, OverlayGet, OverlayQuery } from '../../records/record-overlay.js';
import type {
  Attempt,
  FoundRecord,
  Place as AskedPlace,
  RecordPage,
  Source,
} from '../../records/records-contract.js';
import type { StopSignal } from '../../stopper.js';
import { overlayLimits } from '../limits.js';
import type { NodeShell } from '../node/node-shell.js';
import type { ItemVerification } from '../records/item-verification.js';
import { askBeside, type BesideOutcome } from './beside.js';
import { placeOfFilter } from '../records/places.js';
import type { Searches } from './searches.js';

export interface RetrievalParts {
  readonly clock: Clock;
  readonly searches: Searches;
  readonly verification: ItemVerification;
  /** Answers with it at that place from now on. */
  readonly keepAt: (place: Place, record: HoldfastRecord) => void;
  /** The node as soon as it may have somebody to ask; undefined when that does not come true within the time. */
  readonly nodeWithin: (waitMs: number, signal: StopSignal) => Promise<NodeShell | undefined>;
}

/** What the other clients have found. */
interface FromClients {
  readonly records: readonly HoldfastRecord[];
  readonly source: Source;
}

type Among = NonNullable<SearchOptions['among']>;

const notFound = 'record-not-found';

export class RecordRetrieval {
  constructor(private readonly parts: RetrievalParts) {}

  async get(
    id: string,
    { via, signal, tried }: OverlayGet,
    archives: AskArchives<FoundRecord>,
  ): Promise<FoundRecord> {
    const areArchivesAsked = via.includes('archive');
    const ask = new Asking(via.filter(isOverlayPlace), via.includes('local'));
    const outcome = await askBeside<FromClients, FoundRecord>({
      clock: this.parts.clock,
      signal,
      clients: (ended) => this.#ask(ask, { place: recordPlace(id) }, areArchivesAsked, ended),
      archives: areArchivesAsked ? archives : undefined,
      archivesAfterMs: overlayLimits.hedgeMs,
      clientsHeldMs: 0,
    });
    const all = [...tried, ...ask.attempts(outcome)];
    const found = outcome.clients?.found;
    const record = found?.records.find((one) => one.id === id);
    if (outcome.archives !== undefined && 'found' in outcome.archives) {
      const answer = outcome.archives.found;
      return { ...answer, tried: [...all, ...answer.tried] };
    }
    if (found?.source.kind === 'local' && record !== undefined) {
      return { record, source: found.source, tried: [{ place: 'local' }] };
    }
    if (found !== undefined && record !== undefined) return { record, source: found.source, tried: all };
    throw failureOf(outcome, ask, all);
  }

  async query(
    filter: QueryFilter,
    { signal, isWhole }: OverlayQuery,
    archives: AskArchives<RecordPage>,
  ): Promise<RecordPage> {
    // Of earlier revisions clients have what they happen to have, and words are an archive's to look for.
    const isForArchives = filter.history === true || filter.q !== undefined;
    const ask = new Asking(isForArchives ? [] : overlayPlaces, true);
    const outcome = await askBeside<FromClients, RecordPage>({
      clock: this.parts.clock,
      signal,
      clients: async (ended) => {
        const found = await this.#ask(ask, questionOf(filter), true, ended);
        const records = found === undefined ? [] : pageOf(found.records, filter);
        return found === undefined || records.length === 0 ? undefined : { ...found, records };
      },
      archives,
      archivesAfterMs: 0,
      clientsHeldMs: isWhole ? Infinity : overlayLimits.hedgeMs,
    });
    const tried = ask.attempts(outcome);
    if (outcome.archives !== undefined && 'found' in outcome.archives) {
      const page = outcome.archives.found;
      this.#keep(filter, page);
      return { ...page, tried: [...tried, ...page.tried] };
    }
    const found = outcome.clients?.found;
    if (found === undefined) throw failureOf(outcome, ask, tried);
    return { ...found, complete: false, tried };
  }

  /** Other clients may ask for the same. That each is there by its id already, whoever read it saw to. */
  #keep(filter: QueryFilter, { records }: RecordPage): void {
    const place = placeOfFilter(filter);
    if (place === undefined || filter.history === true) return;
    for (const record of records.slice(0, dhtSettings.feedItemsMax)) this.parts.keepAt(place, record);
  }

  async #ask(
    ask: Asking,
    question: Question,
    areArchivesAsked: boolean,
    signal: StopSignal,
  ): Promise<FromClients | undefined> {
    if (ask.places.length === 0) return undefined;
    const { nodeWithin, searches, verification } = this.parts;
    const shell = await nodeWithin(areArchivesAsked ? 0 : overlayLimits.joinPatienceMs, signal);
    if (shell === undefined) return undefined;
    ask.isIn = true;
    const records = (items: readonly VerifiedItem[]): HoldfastRecord[] =>
      items.flatMap((item) => verification.recordOf(item) ?? []);
    const isOne = 'place' in question && question.place.kind === 'record';
    const isEnough = (items: readonly VerifiedItem[]): boolean => isOne && records(items).length > 0;
    const wishes = { among: ask.among, isEnough, asks: (whom: Whom) => ask.begun.add(whom) };
    const { items, source } = await searches.search(shell, question, wishes, signal);
    const found = records(items);
    return found.length === 0 || source === undefined
      ? undefined
      : { records: found, source: sourceOf(source) };
  }
}

const overlayPlaces = ['dht', 'flood'] as const;
type OverlayPlace = (typeof overlayPlaces)[number];

const isOverlayPlace = (place: AskedPlace): place is OverlayPlace => place === 'dht' || place === 'flood';

type Whom = Exclude<Among[number], 'local'>;
const whomOf: Readonly<Record<OverlayPlace, Whom>> = { dht: 'rings', flood: 'flood' };

/** Which of the overlay's places are asked, as far as it comes to that, and what is to be said of it. */
class Asking {
  isIn = false;
  readonly begun = new Set<Whom>();

  constructor(
    readonly places: readonly OverlayPlace[],
    private readonly isLocalAsked: boolean,
  ) {}

  get among(): Among {
    return [
      ...(this.isLocalAsked ? (['local'] as const) : []),
      ...(this.places.includes('dht') ? (['rings'] as const) : []),
      ...(this.places.includes('flood') ? (['flood'] as const) : []),
    ];
  }

  attempts({ clients }: BesideOutcome<FromClients, unknown>): Attempt[] {
    const source = clients?.found?.source.kind;
    return this.places.flatMap((place) => {
      if (place === source) return { place };
      if (!this.isIn) return { place, code: 'overlay-unreachable' };
      if (!this.begun.has(whomOf[place])) return [];
      return { place, code: clients === undefined ? 'request-timeout' : notFound };
    });
  }
}

/** Neither the clients nor the archives had it: what an archive says of it says most. */
function failureOf(
  { archives }: BesideOutcome<FromClients, unknown>,
  { isIn, places }: Asking,
  tried: readonly Attempt[],
): HoldfastError {
  const own = tried.map(({ place, code }) => `${place}: ${code ?? 'answered'}`).join(', ');
  if (archives !== undefined && 'error' in archives) {
    const { error } = archives;
    const { tried: there } = error.data as { tried?: string };
    const all = [own, there].filter((one) => one !== undefined && one !== '').join(', ');
    return new HoldfastError(error.code, error.message, { ...error.data, tried: all }, { cause: error });
  }
  return isIn || places.length === 0
    ? new HoldfastError(notFound, 'Nobody who was asked holds the record; an archive may.', { tried: own })
    : new HoldfastError('overlay-unreachable', 'This client is not in the overlay.', { tried: own });
}

function sourceOf(found: FoundIn): Source {
  if (found.in === 'local') return { kind: 'local' };
  return found.in === 'ring' ? { kind: 'dht', ring: found.ring } : { kind: 'flood' };
}

function questionOf(filter: QueryFilter): Question {
  const place = placeOfFilter(filter);
  const limit = Math.min(filter.limit ?? Infinity, overlayLimits.floodRecordsMax);
  return place === undefined ? { filter: matchMembers(filter), limit } : { place };
}

/** As an archive would answer: of every key the newest revision, newest first. */
function pageOf(found: readonly HoldfastRecord[], filter: QueryFilter): HoldfastRecord[] {
  const heads = new Map<string, HoldfastRecord>();
  for (const record of found) {
    if (!matchesFilter(matchMembers(filter), record)) continue;
    const { author, collection, key, id } = record;
    const name = key === undefined ? id : JSON.stringify([author, collection, key]);
    const other = heads.get(name);
    if (other === undefined || compareRevisions(other, record) < 0) heads.set(name, record);
  }
  return [...heads.values()].sort((a, b) => compareRevisions(b, a)).slice(0, filter.limit ?? Infinity);
}
