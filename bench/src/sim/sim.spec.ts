/** What the command reads and prints; the worlds themselves are tried in libs/simulation. */
import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';
import { chartOf } from './chart.js';
import { plotOf } from './plot.js';
import { reportOf } from './report-page.js';
import { runMeasured } from './run-measured.js';
import { tableOf } from './table.js';

describe('the command line of sim', () => {
  it('asks for a run of every size and seed', () => {
    const { runs, json } = readArguments(
      'churn --nodes 100,300 --seed 7 --seeds 2 --model tab --median-minutes 15 --set ttlMs=60000 --json'.split(
        ' ',
      ),
    );
    expect(json).toBe(true);
    expect(runs.map(({ nodes, seed }) => [nodes, seed])).toEqual([
      [100, 7],
      [100, 8],
      [300, 7],
      [300, 8],
    ]);
    expect(runs[0]).toMatchObject({
      model: 'tab',
      medianMinutes: 15,
      settings: { ttlMs: 60_000 },
      minutes: 30,
    });
  });

  it('gives every size its own minutes, or all the same', () => {
    const minutesOf = (minutes: string): number[] =>
      readArguments(['steady', '--nodes', '100,300', '--seeds', '2', '--minutes', minutes]).runs.map(
        (run) => run.minutes,
      );
    expect(minutesOf('20,5')).toEqual([20, 20, 5, 5]);
    expect(minutesOf('7')).toEqual([7, 7, 7, 7]);
  });

  it('can have archives lie, and all of them come back', () => {
    const { runs } = readArguments('archives-all-lost --return-after 20 --lies gone'.split(' '));
    expect(runs[0]).toMatchObject({ returnAfterMinutes: 20, lies: 'gone' });
    const [usual] = readArguments(['colluders']).runs;
    expect([usual!.returnAfterMinutes, usual!.lies]).toEqual([undefined, 'hints']);
  });

  it.each([
    ['nothing', []],
    ['an unknown scenario', ['weather']],
    ['two scenarios', ['churn', 'steady']],
    ['half a client', ['churn', '--nodes', '100.5']],
    ['too many clients', ['churn', '--nodes', '1e9']],
    ['no minutes', ['churn', '--minutes', '']],
    ['minutes for another number of sizes', ['churn', '--nodes', '100,200,300', '--minutes', '1,2']],
    ['an unknown model', ['churn', '--model', 'swarm']],
    ['an unknown lie', ['colluders', '--lies', 'white']],
    ['no minutes of return', ['archives-all-lost', '--return-after', '']],
    ['an unknown setting', ['churn', '--set', 'luck=1']],
    ['an unknown option', ['churn', '--fast']],
  ])('refuses %s', (_, args) => {
    expect(() => readArguments(args)).toThrow();
  });
});

describe('a run', () => {
  const [choices] = readArguments('churn --nodes 60 --minutes 8 --model tab'.split(' ')).runs;
  const { outcome, charts } = runMeasured(choices!, () => {});
  const printed = JSON.parse(JSON.stringify(outcome)) as typeof outcome;

  it('comes out with the figures that are promised, and with no others', () => {
    const hits = { gets: 'number', hits: 'number', hitShare: 'number' };
    const quantiles = { p50: 'number', p95: 'number', p99: 'number', mean: 'number', max: 'number' };
    const loads = { bytesPerNodeSecond: quantiles, sentBytesPerNodeSecond: quantiles };
    const role = { clients: 'number', ...loads };
    const of = <T>(names: string, each: T): Record<string, T> =>
      Object.fromEntries(names.split(' ').map((name) => [name, each]));
    const { misbehaved, byKind, ...others } = printed;
    expect(shapeOf(others)).toEqual({
      ...of('scenario traceHash', 'string'),
      ...of('nodes minutes seed', 'number'),
      ...hits,
      bySource: of('local ring0 ring1 ring2 flood archive', 'number'),
      // Of these nobody has read any: the share is null.
      byPopularity: { hot: hits, ...of('warm cold unread', { ...hits, hitShare: 'object' }) },
      ...of('hops messagesPerLookup latencyMs', quantiles),
      ...loads,
      byRole: of('server observer', role),
      directLinks: of('made failed perClient', 'number'),
      ...of('archiveFramesPerSecond recordsLost abandoned falseFinds messages joined left', 'number'),
      ...of('wallSeconds rssMb', 'number'),
    });
    // What has not happened is not there.
    for (const times of Object.values(misbehaved)) expect(times).toBeGreaterThan(0);
    for (const kind of Object.values(byKind)) expect(shapeOf(kind)).toEqual(of('messages bytes', 'number'));
    expect(printed.traceHash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('comes out with figures that agree', () => {
    const { bySource, byPopularity, byKind, gets, hits, messages, recordsLost } = printed;
    expect([printed.scenario, printed.nodes, printed.minutes, printed.seed]).toEqual(['churn', 60, 8, 1]);
    const { archive, ...found } = bySource;
    expect(gets).toBeGreaterThan(2);
    // Archives were up all the time, and had what nobody else had.
    expect([sum(found), sum(bySource)]).toEqual([hits, gets]);
    expect(archive).toBe(gets - hits);
    expect(printed.hitShare).toBeCloseTo(hits / gets, 3);
    const popular = Object.values(byPopularity);
    expect([sum(popular.map((each) => each.gets)), sum(popular.map((each) => each.hits))]).toEqual([
      gets,
      hits,
    ]);
    const sent = sum(Object.values(byKind).map((kind) => kind.messages));
    // Some had no way to go.
    expect([sent > messages / 2, sent <= messages]).toEqual([true, true]);
    const summaries = ['hops', 'messagesPerLookup', 'latencyMs', 'bytesPerNodeSecond'] as const;
    for (const { p50, p95, p99, mean, max } of summaries.map((name) => printed[name])) {
      expect([p50, p95, p99, max]).toEqual([p50, p95, p99, max].sort((a, b) => a - b));
      expect(p50).toBeGreaterThan(0);
      expect(mean).toBeLessThanOrEqual(max);
    }
    expect(printed.messagesPerLookup.mean).toBeGreaterThan(printed.hops.mean);
    expect(printed.archiveFramesPerSecond).toBeGreaterThan(1);
    // A tenth of the clients' number is hot.
    expect(recordsLost).toBeLessThanOrEqual(6);
  });

  it('has in its charts every get and every client', () => {
    const { gets, byPopularity, bySource, byRole } = printed;
    const getsOf = (steps: readonly { readonly gets: number }[] = []): number =>
      sum(steps.map((step) => step.gets));
    expect([getsOf(charts.byAge), getsOf(charts.byTime)]).toEqual([gets, gets]);
    for (const name of ['hot', 'warm', 'cold', 'unread'] as const) {
      expect(getsOf(charts.byPopularity[name])).toBe(byPopularity[name].gets);
    }
    for (const name of ['local', 'ring0', 'ring1', 'ring2', 'flood'] as const) {
      expect(charts.latencies[name] ?? []).toHaveLength(bySource[name]);
    }
    expect(charts.loads.server).toHaveLength(byRole.server.clients);
    expect(charts.loads.observer).toHaveLength(byRole.observer.clients);
  });

  it('makes a page with five charts that loads nothing', () => {
    const page = reportOf(outcome, charts);
    expect(page.match(/<svg /g)).toHaveLength(5);
    expect(page).not.toMatch(/<script|<link|<img|src=|@import/);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('makes a row of a table, and a point of a plot', () => {
    expect(
      tableOf([outcome, outcome])
        .split('\n')
        .filter((line) => line.startsWith('| 60 |')),
    ).toHaveLength(2);
    expect(plotOf([outcome])).toContain('Messages per lookup');
  });
});

it('a chart without points has axes and no numbers', () => {
  const svg = chartOf({ title: 'a < b', x: { label: 'x' }, y: { label: 'y' }, series: [] });
  expect(svg).toContain('a &lt; b');
  expect(svg).not.toMatch(/NaN|Infinity/);
});

/** Names all the way down, and the types of what they name. */
const shapeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]))
    : typeof value;

const sum = (values: Readonly<Record<string, number>> | readonly number[]): number =>
  Object.values(values).reduce((total, value) => total + value, 0);
