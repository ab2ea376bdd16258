/** What a bench found, for people as a table and for machines as one JSON object. */
export interface Target {
  readonly figure: string;
  readonly wanted: string;
  readonly met: boolean;
}

export interface Report {
  readonly bench: string;
  readonly figures: Readonly<Record<string, number>>;
  /** What the figures are held against; a bench whose targets are missed ends with 1. */
  readonly targets: readonly Target[];
  /** What was to be measured and could not be, with the reason; missing when all was. */
  readonly failed?: Readonly<Record<string, string>>;
  /** What is to be known about how it was measured. */
  readonly notes?: Readonly<Record<string, string>>;
}

export function atLeast(figures: Report['figures'], figure: string, least: number): Target {
  return { figure, wanted: `>= ${least}`, met: figures[figure]! >= least };
}

export function atMost(figures: Report['figures'], figure: string, most: number): Target {
  return { figure, wanted: `<= ${most}`, met: figures[figure]! <= most };
}

export function below(figures: Report['figures'], figure: string, bound: number): Target {
  return { figure, wanted: `< ${bound}`, met: figures[figure]! < bound };
}

export function printReport(
  { bench, figures, targets, failed = {}, notes = {} }: Report,
  asJson: boolean,
): void {
  if (asJson) {
    const ok = targets.every(({ met }) => met);
    const said = Object.keys(failed).length === 0 ? notes : { ...notes, failed };
    console.log(JSON.stringify({ bench, ...said, ...figures, ok }));
    return;
  }
  console.log(`\n${bench}\n`);
  for (const [name, value] of Object.entries(figures)) {
    const target = targets.find(({ figure }) => figure === name);
    const verdict = target === undefined ? '' : `${target.met ? 'ok' : 'MISSED'} (wanted ${target.wanted})`;
    console.log(`  ${name.padEnd(24)} ${format(value).padStart(12)}  ${verdict}`);
  }
  for (const { figure, wanted } of targets.filter((target) => !(target.figure in figures))) {
    console.log(`  ${figure.padEnd(24)} ${'?'.padStart(12)}  MISSED (wanted ${wanted})`);
  }
  for (const [name, note] of Object.entries(notes)) console.log(`  ${name}: ${note}`);
  for (const [name, reason] of Object.entries(failed)) console.log(`  ${name} FAILED: ${reason}`);
}

const format = (value: number): string =>
  Number.isInteger(value) || value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(3);

/** The value below which the fraction `p` of the sorted samples lies. */
export function percentile(sorted: Float64Array, p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

/** A line of progress on stderr, rewritten in place on a terminal. */
export function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
}

export function step(line: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}${line}\n`);
}
