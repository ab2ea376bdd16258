/** That figures and charts count every get and every load, each where it belongs. */
import { describe, expect, it } from '@jest/globals';
import { Measures, type MeasuredGet } from '../clients/measures.js';
import { chartsOf, figuresOf } from './outcome.js';

const minuteMs = 60_000;
const startMs = 1_000_000;

/** As somebody measured it in the world's sixth minute, unless it is said otherwise. */
const get = (more: Partial<MeasuredGet>): MeasuredGet => ({
  popularity: 'hot',
  foundAt: 'ring0',
  latencyMs: 100,
  cost: { hops: 1, messages: 4 },
  ageMs: 0,
  atMs: startMs + 5 * minuteMs,
  ...more,
});

function measured(): Measures {
  const measures = new Measures();
  measures.isMeasuring = true;
  const gets = [
    get({ foundAt: 'local', latencyMs: 0, cost: { hops: 0, messages: 0 } }),
    get({}),
    get({ latencyMs: 300, cost: { hops: 3, messages: 10 }, ageMs: 6 * minuteMs }),
    get({ foundAt: 'ring1', latencyMs: 700, cost: undefined, atMs: startMs + 11 * minuteMs }),
    get({ foundAt: 'ring2', latencyMs: 800, popularity: 'warm', cost: { hops: 2, messages: 12 } }),
    get({ foundAt: 'flood', latencyMs: 900, popularity: 'cold', cost: { hops: 4, messages: 30 } }),
    get({ foundAt: undefined, latencyMs: 5_000, ageMs: 6 * minuteMs, cost: { hops: 5, messages: 44 } }),
    get({ foundAt: undefined, popularity: 'unread', ageMs: 31 * minuteMs, cost: { hops: 6, messages: 50 } }),
  ];
  for (const each of gets) measures.get(each);
  measures.fromArchive = 2;
  measures.abandoned = 3;
  const load = { seconds: 100, sentBytes: 1_000, receivedBytes: 3_000 };
  measures.load([
    { ...load, role: 'server' },
    { ...load, role: 'server', sentBytes: 5_000 },
    { ...load, role: 'observer', sentBytes: 0, receivedBytes: 700 },
    { ...load, role: 'observer', seconds: 59 },
  ]);
  return measures;
}

describe('the figures of a run', () => {
  const figures = figuresOf(measured());

  it('count what was found, and where', () => {
    expect(figures).toMatchObject({ gets: 8, hits: 6, hitShare: 0.75, abandoned: 3, falseFinds: 0 });
    expect(figures.bySource).toEqual({ local: 1, ring0: 2, ring1: 1, ring2: 1, flood: 1, archive: 2 });
    expect(figures.byPopularity).toEqual({
      hot: { gets: 5, hits: 4, hitShare: 0.8 },
      warm: { gets: 1, hits: 1, hitShare: 1 },
      cold: { gets: 1, hits: 1, hitShare: 1 },
      unread: { gets: 1, hits: 0, hitShare: 0 },
    });
  });

  it('take the cost of every lookup that went to others, and the latency of all that was found', () => {
    expect(figures.messagesPerLookup).toEqual({ p50: 12, p95: 50, p99: 50, mean: 25, max: 50 });
    expect(figures.hops).toEqual({ p50: 3, p95: 6, p99: 6, mean: 3.5, max: 6 });
    expect(figures.latencyMs).toEqual({ p50: 300, p95: 900, p99: 900, mean: 466.7, max: 900 });
  });

  it('take the load of everybody who was there for a minute, by role', () => {
    expect(figures.bytesPerNodeSecond).toMatchObject({ p50: 40, max: 80, mean: 42.3 });
    expect(figures.sentBytesPerNodeSecond).toMatchObject({ p50: 10, max: 50, mean: 20 });
    expect(figures.byRole).toMatchObject({
      server: { clients: 2, bytesPerNodeSecond: { mean: 60 }, sentBytesPerNodeSecond: { mean: 30 } },
      observer: { clients: 1, bytesPerNodeSecond: { mean: 7 }, sentBytesPerNodeSecond: { mean: 0 } },
    });
  });
});

describe('the charts of a run', () => {
  const charts = chartsOf(measured(), startMs);
  const step = (fromMinute: number, gets: number, hits: number, hitShare = hits / gets) => ({
    fromMinute,
    gets,
    hits,
    hitShare,
  });

  it('have every get by the age of its record, all together and by popularity', () => {
    expect(charts.byAge).toEqual([step(0, 5, 5), step(5, 2, 1), step(30, 1, 0)]);
    expect(charts.byPopularity).toEqual({
      hot: [step(0, 3, 3), step(5, 2, 1)],
      warm: [step(0, 1, 1)],
      cold: [step(0, 1, 1)],
      unread: [step(30, 1, 0)],
    });
  });

  it('have every get by its time', () => {
    expect(charts.byTime).toEqual([step(5, 7, 5, 0.7143), step(10, 1, 1)]);
  });

  it('have the latency of all that was found, by where it was', () => {
    expect(charts.latencies).toEqual({
      local: [0],
      ring0: [100, 300],
      ring1: [700],
      ring2: [800],
      flood: [900],
    });
  });

  it('have the load of every client by its role', () => {
    expect(charts.loads).toEqual({ server: [40, 80], observer: [7] });
  });
});
