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
  const [choices] = readArguments('churn --nodes 60 --minutes 3 --model tab'.split(' ')).runs;
  const { outcome, charts } = runMeasured(choices!, () => {});

  it('comes out with the figures that are promised', () => {
    expect(outcome).toMatchObject({
      scenario: 'churn',
      gets: expect.any(Number),
      hits: expect.any(Number),
      hitShare: expect.any(Number),
      hops: { p50: expect.any(Number), p95: expect.any(Number) },
      bytesPerNodeSecond: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      traceHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      wallSeconds: expect.any(Number),
      rssMb: expect.any(Number),
    });
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
