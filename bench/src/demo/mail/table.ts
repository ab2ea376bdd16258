/** The figures of the demo for people: a table, and the speed of the import as a line of bars. */
export interface DemoFigures {
  readonly imported: number;
  readonly rejected: number;
  readonly lost: number;
  readonly repeated: number;
  readonly sent: number;
  readonly delivered: number;
  readonly importPerSecond: number;
  readonly queryMsP50: number;
  readonly queryMsP99: number;
  readonly followMsP50: number;
  readonly followMsP99: number;
  readonly cratesPerSecond: number;
  readonly seconds: number;
}

const labels: { readonly [Figure in keyof DemoFigures]: string } = {
  imported: 'mails imported',
  rejected: 'mails rejected',
  lost: 'records and messages lost',
  repeated: 'repeated to the application',
  sent: 'messages sent',
  delivered: 'messages delivered',
  importPerSecond: 'imported / s',
  queryMsP50: 'query, ms, median',
  queryMsP99: 'query, ms, p99',
  followMsP50: 'follow latency, ms, median',
  followMsP99: 'follow latency, ms, p99',
  cratesPerSecond: 'messages accepted / s',
  seconds: 'seconds in all',
};

export function* tableLines(figures: DemoFigures): Generator<string> {
  for (const name of Object.keys(labels) as (keyof DemoFigures)[]) {
    yield `  ${labels[name].padEnd(30)} ${figures[name].toLocaleString('en').padStart(10)}`;
  }
}

/** One bar for each value, the largest one full. */
export function sparkline(values: readonly number[]): string {
  const bars = [...'▁▂▃▄▅▆▇█'];
  const largest = Math.max(...values, 1);
  return values
    .map((value) => bars[Math.min(bars.length - 1, Math.floor((value / largest) * bars.length))])
    .join('');
}
