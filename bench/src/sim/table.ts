/** Runs as a table in Markdown, a row each, and below them what all of them come to. */
import type { MeasuredRun } from './run-measured.js';

type Row = MeasuredRun['outcome'];

const percent = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(2)} %`);
const three = ({ p50, p95, p99 }: { p50: number; p95: number; p99: number }): string =>
  `${p50} / ${p95} / ${p99}`;

const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const columns: readonly (readonly [title: string, cell: (row: Row) => string])[] = [
  ['nodes', ({ nodes }) => `${nodes}`],
  ['seed', ({ seed }) => `${seed}`],
  ['gets', ({ gets }) => `${gets}`],
  ['found', ({ hitShare }) => percent(hitShare)],
  ['hot found', ({ byPopularity }) => percent(byPopularity.hot.hitShare)],
  ['rings / flood / local', ({ bySource: s }) => `${s.ring0 + s.ring1 + s.ring2} / ${s.flood} / ${s.local}`],
  ['hops p50 / p95', ({ hops }) => `${hops.p50} / ${hops.p95}`],
  ['messages mean / p95', ({ messagesPerLookup: m }) => `${m.mean} / ${m.p95}`],
  ['latency p50 / p95 ms', ({ latencyMs }) => `${latencyMs.p50} / ${latencyMs.p95}`],
  ['server B/s mean', ({ byRole }) => `${byRole.server.bytesPerNodeSecond.mean}`],
  ['observer B/s mean', ({ byRole }) => `${byRole.observer.bytesPerNodeSecond.mean}`],
  ['sent B/s mean', ({ sentBytesPerNodeSecond }) => `${sentBytesPerNodeSecond.mean}`],
  ['all B/s p50 / p95 / p99', ({ bytesPerNodeSecond }) => three(bytesPerNodeSecond)],
  ['archive frames/s', ({ archiveFramesPerSecond }) => `${archiveFramesPerSecond}`],
  ['hot lost', ({ recordsLost }) => `${recordsLost}`],
  ['s / MiB', ({ wallSeconds, rssMb }) => `${wallSeconds} / ${rssMb}`],
  ['trace', ({ traceHash }) => traceHash],
];

export function tableOf(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const hot = sum(({ byPopularity }) => byPopularity.hot.gets);
  const all = sum(({ gets }) => gets);
  const together = `Together: ${percent(
    shareOf(
      sum(({ hits }) => hits),
      all,
    ),
  )} of ${all} gets, ${percent(
    shareOf(
      sum(({ byPopularity }) => byPopularity.hot.hits),
      hot,
    ),
  )} of ${hot} of hot records.`;
  return [
    line(columns.map(([title]) => title)),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map(([, cell]) => cell(row)))),
    '',
    together,
  ].join('\n');
}
