/** One page about one run, with everything in it: no script, nothing to load. */
import type { AgedHits, Charts } from '@holdfast/simulation';
import { chartOf, escaped, type Series } from './chart.js';
import type { MeasuredRun } from './run-measured.js';

export function reportOf(outcome: MeasuredRun['outcome'], charts: Charts): string {
  const { scenario, nodes, minutes, seed } = outcome;
  const title = `${scenario}: ${nodes} clients, ${minutes} minutes, seed ${seed}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 1340px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
  main { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 1.5rem }
  table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top }
  svg { width: 100%; height: auto; border: 1px solid #ddd; border-radius: 6px }
</style>
<h1>${escaped(title)}</h1>
<p>${found(outcome)}</p>
${figures(outcome)}
<main>
${[
  chartOf({
    title: 'Found without an archive, by age of the record',
    x: { label: 'minutes since it was given to the overlay', from: 0 },
    y: { ...shares, from: lowest(Object.values(charts.byPopularity).flat()) },
    series: [{ name: 'all', points: charts.byAge.map(point) }],
  }),
  chartOf({
    title: 'Survival by popularity',
    x: { label: 'minutes since it was given to the overlay', from: 0 },
    y: { ...shares, from: lowest(Object.values(charts.byPopularity).flat()) },
    series: Object.entries(charts.byPopularity).map(([name, steps]) => ({ name, points: steps.map(point) })),
  }),
  chartOf({
    title: 'Found without an archive, in the course of the run',
    x: { label: 'minute of the world', from: 0 },
    y: { ...shares, from: lowest(charts.byTime) },
    series: [{ name: 'all', points: charts.byTime.map(point) }],
  }),
  chartOf({
    title: 'Latency, by where the answer came from',
    x: { label: 'milliseconds, logarithmic', isLogarithmic: true, from: 10 },
    y: { ...shares, label: 'share of answers that were faster', from: 0 },
    series: Object.entries(charts.latencies)
      .filter(([name]) => name !== 'local')
      .map(([name, values]) => cumulative(name, values)),
  }),
  chartOf({
    title: 'Load by role',
    x: { label: 'bytes per second, sent and received, logarithmic', isLogarithmic: true, from: 1 },
    y: { ...shares, label: 'share of clients with less', from: 0 },
    series: Object.entries(charts.loads).map(([name, values]) => cumulative(name, values)),
  }),
].join('\n')}
</main>
</html>
`;
}

const found = ({ gets, hitShare }: MeasuredRun['outcome']): string =>
  hitShare === null
    ? 'Nobody read anything while it was measured.'
    : `${percent(hitShare)} of ${gets} gets were answered without an archive.`;
const percent = (share: number): string => `${Math.round(share * 10_000) / 100} %`;
const shares = { label: 'share of gets', to: 1, write: percent };
const point = ({ fromMinute, hits, gets }: AgedHits): [number, number] => [fromMinute, hits / gets];

/** Where the axis begins, so that small differences near the top can be seen. */
const lowest = (steps: readonly AgedHits[]): number => {
  const least = steps.reduce((low, { hits, gets }) => Math.min(low, hits / gets), 1);
  return [0.99, 0.95, 0.9, 0.75, 0.5].find((from) => from <= least) ?? 0;
};

function cumulative(name: string, values: readonly number[]): Series {
  const sorted = [...values].sort((a, b) => a - b);
  const count = Math.min(200, sorted.length);
  return {
    name,
    points: Array.from({ length: count }, (_, index): [number, number] => {
      const share = (index + 1) / count;
      return [sorted[Math.ceil(share * sorted.length) - 1]!, share];
    }),
  };
}

function figures(outcome: MeasuredRun['outcome']): string {
  const rows = Object.entries(outcome).map(
    ([name, value]) =>
      `<tr><th>${escaped(name)}</th><td>${escaped(typeof value === 'object' ? JSON.stringify(value) : String(value))}</td></tr>`,
  );
  return `<details><summary>All figures</summary><table>${rows.join('\n')}</table></details>`;
}
