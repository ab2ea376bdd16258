/** What a run has come to: one object of figures, and what charts are drawn from. */
import type { MessageKind, Misbehaviour, Role } from '@holdfast/dht';
import { quantilesOf, shareOf, type Quantiles } from '../clients/quantiles.js';
import type { FoundAt, MeasuredGet, Measures } from '../clients/measures.js';
import type { Load } from '../clients/meter.js';
import type { Popularity } from '../clients/truth.js';

export interface RoleLoad {
  readonly clients: number;
  /** Sent and received, per second. */
  readonly bytesPerNodeSecond: Quantiles;
  readonly sentBytesPerNodeSecond: Quantiles;
}

export interface Hits {
  readonly gets: number;
  readonly hits: number;
  /** Null without gets. */
  readonly hitShare: number | null;
}

export interface Outcome extends Hits {
  readonly scenario: string;
  readonly nodes: number;
  readonly minutes: number;
  readonly seed: number;
  /** `archive`: what nobody found, and the archive then answered; it is no hit. */
  readonly bySource: Readonly<Record<FoundAt | 'archive', number>>;
  readonly byPopularity: Readonly<Record<Popularity, Hits>>;
  readonly hops: Quantiles;
  readonly messagesPerLookup: Quantiles;
  readonly latencyMs: Quantiles;
  readonly bytesPerNodeSecond: Quantiles;
  readonly sentBytesPerNodeSecond: Quantiles;
  readonly byRole: Readonly<Record<Role, RoleLoad>>;
  /** Taken in or given out by all archives. */
  readonly archiveFramesPerSecond: number;
  /** Hot ones that nobody holds at the end. */
  readonly recordsLost: number;
  readonly abandoned: number;
  readonly falseFinds: number;
  readonly directLinks: { readonly made: number; readonly failed: number; readonly perClient: number };
  /** What nodes have noticed of others, from the beginning. */
  readonly misbehaved: Readonly<Partial<Record<Misbehaviour, number>>>;
  readonly messages: number;
  /** From the beginning, not only while it is measured. */
  readonly byKind: Readonly<
    Partial<Record<MessageKind, { readonly messages: number; readonly bytes: number }>>
  >;
  readonly joined: number;
  readonly left: number;
  readonly traceHash: string;
}

export interface AgedHits extends Hits {
  /** The record's age, or the time of the run, from here on for one step. */
  readonly fromMinute: number;
}

export interface Charts {
  readonly byAge: readonly AgedHits[];
  readonly byTime: readonly AgedHits[];
  readonly latencies: Readonly<Partial<Record<FoundAt, readonly number[]>>>;
  readonly loads: Readonly<Record<Role, readonly number[]>>;
  readonly byPopularity: Readonly<Partial<Record<Popularity, readonly AgedHits[]>>>;
}

export function hitsOf(gets: readonly MeasuredGet[]): Hits {
  const hits = gets.filter(({ foundAt }) => foundAt !== undefined).length;
  return { gets: gets.length, hits, hitShare: shareOf(hits, gets.length) };
}

const popularities = ['hot', 'warm', 'cold', 'unread'] as const;
const sources = ['local', 'ring0', 'ring1', 'ring2', 'flood'] as const;

/** What follows from the gets and the loads alone. */
export function figuresOf(measures: Measures) {
  const { gets, loads } = measures;
  // What is answered from the own store costs nothing, and would flatter every average.
  const asked = gets.flatMap(({ cost, foundAt }) =>
    cost !== undefined && foundAt !== 'local' ? [cost] : [],
  );
  const found = gets.filter(({ foundAt }) => foundAt !== undefined);
  return {
    ...hitsOf(gets),
    bySource: {
      ...(Object.fromEntries(
        sources.map((source) => [source, found.filter(({ foundAt }) => foundAt === source).length]),
      ) as Record<FoundAt, number>),
      archive: measures.fromArchive,
    },
    byPopularity: Object.fromEntries(
      popularities.map((each) => [each, hitsOf(gets.filter(({ popularity }) => popularity === each))]),
    ) as Record<Popularity, Hits>,
    hops: quantilesOf(asked.map(({ hops }) => hops)),
    messagesPerLookup: quantilesOf(asked.map(({ messages }) => messages)),
    latencyMs: quantilesOf(found.map(({ latencyMs }) => latencyMs)),
    bytesPerNodeSecond: quantilesOf(loads.map(perSecond)),
    sentBytesPerNodeSecond: quantilesOf(loads.map(sentPerSecond)),
    byRole: { server: roleLoad(loads, 'server'), observer: roleLoad(loads, 'observer') },
    abandoned: measures.abandoned,
    falseFinds: measures.falseFinds,
  };
}

export function chartsOf({ gets, loads }: Measures, startMs: number, stepMinutes = 5): Charts {
  const ageOf = ({ ageMs }: MeasuredGet): number => ageMs;
  return {
    byAge: stepsOf(gets, ageOf, stepMinutes),
    byTime: stepsOf(gets, ({ atMs }) => atMs - startMs, stepMinutes),
    latencies: grouped(
      gets,
      ({ foundAt }) => foundAt,
      sources,
      ({ latencyMs }) => latencyMs,
    ),
    loads: {
      server: loads.filter(({ role }) => role === 'server').map(perSecond),
      observer: loads.filter(({ role }) => role === 'observer').map(perSecond),
    },
    byPopularity: Object.fromEntries(
      popularities.flatMap((each) => {
        const steps = stepsOf(
          gets.filter(({ popularity }) => popularity === each),
          ageOf,
          stepMinutes,
        );
        return steps.length === 0 ? [] : [[each, steps]];
      }),
    ),
  };
}

const perSecond = ({ sentBytes, receivedBytes, seconds }: Load): number =>
  (sentBytes + receivedBytes) / seconds;
const sentPerSecond = ({ sentBytes, seconds }: Load): number => sentBytes / seconds;

function roleLoad(loads: readonly Load[], role: Role): RoleLoad {
  const own = loads.filter((load) => load.role === role);
  return {
    clients: own.length,
    bytesPerNodeSecond: quantilesOf(own.map(perSecond)),
    sentBytesPerNodeSecond: quantilesOf(own.map(sentPerSecond)),
  };
}

function stepsOf(
  gets: readonly MeasuredGet[],
  ofMs: (get: MeasuredGet) => number,
  stepMinutes: number,
): AgedHits[] {
  const steps: MeasuredGet[][] = [];
  for (const get of gets) (steps[Math.floor(ofMs(get) / (stepMinutes * 60_000))] ??= []).push(get);
  return steps.flatMap((step, index) =>
    step === undefined ? [] : [{ fromMinute: index * stepMinutes, ...hitsOf(step) }],
  );
}

function grouped<Name extends string>(
  gets: readonly MeasuredGet[],
  groupOf: (get: MeasuredGet) => Name | undefined,
  names: readonly Name[],
  valueOf: (get: MeasuredGet) => number,
): Partial<Record<Name, number[]>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const values = gets.filter((get) => groupOf(get) === name).map(valueOf);
      return values.length === 0 ? [] : [[name, values]];
    }),
  ) as Partial<Record<Name, number[]>>;
}
