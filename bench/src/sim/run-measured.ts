/** One run with what it costs here, and its progress on stderr. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runScenario, type Charts, type Outcome, type ScenarioChoices } from '@holdfast/simulation';

export interface MeasuredRun {
  readonly outcome: Outcome & { readonly wallSeconds: number; readonly rssMb: number };
  readonly charts: Charts;
}

const MiB = 1024 * 1024;
/** Left alone, the engine lets a gigabyte of what is dead lie before it looks through what lives. */
const collectEveryMinutes = 2;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const toStderr = (line: string): void => {
  process.stderr.write(line);
};

export function runMeasured(choices: ScenarioChoices, say = toStderr): MeasuredRun {
  const startedAtMs = performance.now();
  let rssMb = 0;
  const seconds = (): number => Math.round((performance.now() - startedAtMs) / 100) / 10;
  const { outcome, charts } = runScenario({
    ...choices,
    progress: ({ minute, of, messages }) => {
      if (minute % collectEveryMinutes === 0) collect();
      rssMb = Math.max(rssMb, Math.round(process.memoryUsage.rss() / MiB));
      const title = `${choices.scenario}, ${choices.nodes} nodes, seed ${choices.seed}`;
      const million = (messages / 1e6).toFixed(1);
      say(`${title}: minute ${minute} of ${of}, ${million} M messages, ${seconds()} s, ${rssMb} MiB\n`);
    },
  });
  return { outcome: { ...outcome, wallSeconds: seconds(), rssMb }, charts };
}
