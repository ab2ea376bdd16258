/** That every chart of a run's page, and of a plot over several runs, shows the data that it is said to show. */
import { describe, expect, it } from '@jest/globals';
import type { AgedHits, Charts } from '@holdfast/simulation';
import { readArguments } from './arguments.js';
import { plotOf } from './plot.js';
import { reportOf } from './report-page.js';
import { runMeasured } from './run-measured.js';

const [choices] = readArguments('steady --nodes 20 --minutes 1'.split(' ')).runs;
const { outcome } = runMeasured(choices!, () => {});

const step = (fromMinute: number, hitShare: number): AgedHits => ({
  fromMinute,
  hitShare,
  gets: 100,
  hits: 100 * hitShare,
});

/** No two charts have the same data. */
const charts: Charts = {
  byAge: [step(0, 1), step(5, 0.8), step(10, 0.6)],
  byPopularity: { hot: [step(0, 1), step(20, 0.5)], cold: [step(10, 0.75)] },
  byTime: [step(5, 0.9), step(10, 1)],
  latencies: { local: [1, 2, 3], ring0: [1_000, 100], flood: [10] },
  loads: { server: [100, 10, 1_000, 10_000], observer: [1] },
};

/** Where a chart has its axes. */
const [left, right, top, bottom] = [76, 608, 36, 248];
const across = (share: number): number => left + share * (right - left);
const up = (share: number): number => bottom - share * (bottom - top);

type Lines = Record<string, number[][]>;

/** By title and name of the series: the points that are drawn. */
function linesOf(page: string): Record<string, Lines> {
  return Object.fromEntries(
    [...page.matchAll(/<svg .*?aria-label="([^"]*)".*?<\/svg>/gs)].map(([svg, title]) => {
      const names = [...svg.matchAll(/<rect [^>]*\/><text [^>]*>([^<]*)</g)].map(([, name]) => name!);
      const lines = [...svg.matchAll(/<polyline [^>]*points="([^"]*)"/g)].map(([, points]) =>
        points!.split(' ').map((point) => point.split(',').map(Number)),
      );
      expect(lines).toHaveLength(names.length);
      return [title!, Object.fromEntries(names.map((name, index) => [name, lines[index]!]))];
    }),
  );
}

/** As they are written, to a tenth. */
const points = (...shares: (readonly [x: number, y: number])[]): number[][] =>
  shares.map(([x, y]) => [Number(across(x).toFixed(1)), Number(up(y).toFixed(1))]);

describe('the page of a run', () => {
  const lines = linesOf(reportOf(outcome, charts));

  it('has these charts', () => {
    expect(Object.keys(lines)).toEqual([
      'Found without an archive, by age of the record',
      'Survival by popularity',
      'Found without an archive, in the course of the run',
      'Latency, by where the answer came from',
      'Load by role',
    ]);
  });

  it('shows by age what was found', () => {
    expect(lines['Found without an archive, by age of the record']).toEqual({
      all: points([0, 1], [0.5, 0.6], [1, 0.2]),
    });
  });

  it('shows by popularity what survived', () => {
    expect(lines['Survival by popularity']).toEqual({
      hot: points([0, 1], [1, 0]),
      cold: points([0.5, 0.5]),
    });
  });

  it('shows in the course of the run what was found', () => {
    expect(lines['Found without an archive, in the course of the run']).toEqual({
      all: points([0.5, 0], [1, 1]),
    });
  });

  it('shows how many answers were faster, of each place but the own', () => {
    expect(lines['Latency, by where the answer came from']).toEqual({
      ring0: points([0.5, 0.5], [1, 1]),
      flood: points([0, 1]),
    });
  });

  it('shows how many clients of each role have less to carry', () => {
    expect(lines['Load by role']).toEqual({
      server: points([0.25, 0.25], [0.5, 0.5], [0.75, 0.75], [1, 1]),
      observer: points([0, 1]),
    });
  });
});

it('a plot shows for every number of nodes what a lookup costs, over all seeds', () => {
  const run = (nodes: number, [mean, p50, p95]: [number, number, number]) => ({
    ...outcome,
    nodes,
    messagesPerLookup: { ...outcome.messagesPerLookup, mean, p50, p95 },
  });
  const runs = [
    run(10_000, [20, 15, 40]),
    run(100, [5, 1, 15]),
    run(100, [15, 9, 25]),
    run(1_000, [12, 8, 30]),
  ];
  expect(linesOf(plotOf(runs))).toEqual({
    'Messages per lookup against nodes': {
      mean: points([0, 10 / 40], [0.5, 12 / 40], [1, 20 / 40]),
      p50: points([0, 5 / 40], [0.5, 8 / 40], [1, 15 / 40]),
      p95: points([0, 20 / 40], [0.5, 30 / 40], [1, 40 / 40]),
    },
  });
});
