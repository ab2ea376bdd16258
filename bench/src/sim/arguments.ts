/** What the command line of `sim` says, checked: which runs it asks for, and where they are to be shown. */
import { parseArgs } from 'node:util';
import { dhtSettings, type DhtSettings } from '@holdfast/dht';
import {
  archiveLies,
  churnModels,
  scenarioDefaults,
  scenarios,
  type ScenarioChoices,
} from '@holdfast/simulation';

export interface Asked {
  readonly runs: readonly ScenarioChoices[];
  readonly json: boolean;
  /** A page of charts of the first run. */
  readonly report: string | undefined;
  /** Messages per lookup against nodes, as SVG. */
  readonly plot: string | undefined;
}

export const usage = `Usage: npm run --silent sim -- SCENARIO [--nodes N[,N…]] [--minutes M[,M…]] [--seed S] [--seeds COUNT]
    [--model ${churnModels.join('|')}] [--median-minutes X] [--share 0.3] [--lies ${archiveLies.join('|')}] [--serve-after MINUTES] [--observers 0.3]
    [--return-after MINUTES] [--repair on|off] [--set NAME=VALUE]… [--compact] [--json] [--report FILE.html] [--plot FILE.svg]
SCENARIO is one of ${scenarios.join(', ')}; a NAME is one of dhtSettings.`;

/** Throws an error with a sentence when there is something that cannot be meant. */
export function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      nodes: { type: 'string', default: '1000' },
      minutes: { type: 'string' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      model: { type: 'string', default: 'kad' },
      'median-minutes': { type: 'string' },
      share: { type: 'string' },
      lies: { type: 'string' },
      'return-after': { type: 'string' },
      'serve-after': { type: 'string' },
      observers: { type: 'string' },
      repair: { type: 'string', default: 'on' },
      set: { type: 'string', multiple: true, default: [] },
      compact: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      report: { type: 'string' },
      plot: { type: 'string' },
    },
  });
  const scenario = oneOf(scenarios, positionals[0], 'SCENARIO');
  if (positionals.length !== 1) throw new Error('One scenario at a time.');
  const model = oneOf(churnModels, values.model, '--model');
  const defaults = scenarioDefaults(scenario, model);
  const choices = {
    ...defaults,
    medianMinutes: minutesOf(values['median-minutes'], '--median-minutes', 0.1),
    share: within(values.share ?? `${defaults.share}`, '--share', 0, 0.9),
    lies: oneOf(archiveLies, values.lies ?? defaults.lies, '--lies'),
    returnAfterMinutes: minutesOf(values['return-after'], '--return-after', 1),
    serveAfterMinutes: within(
      values['serve-after'] ?? `${defaults.serveAfterMinutes}`,
      '--serve-after',
      0,
      1_000,
    ),
    observerShare: within(values.observers ?? `${defaults.observerShare}`, '--observers', 0, 0.99),
    repair: oneOf(['on', 'off'] as const, values.repair, '--repair') === 'on',
    isCompact: values.compact,
    settings: settingsOf(values.set),
  };
  const seed = whole(values.seed, '--seed', 0, 2 ** 31);
  const seeds = Array.from({ length: whole(values.seeds, '--seeds', 1, 100) }, (_, index) => seed + index);
  const sizes = values.nodes.split(',').map((each) => whole(each, '--nodes', 20, 200_000));
  const minutes = (values.minutes ?? `${defaults.minutes}`)
    .split(',')
    .map((each) => within(each, '--minutes', 1, 24 * 60));
  if (minutes.length !== 1 && minutes.length !== sizes.length) {
    throw new Error(
      '--minutes has one number, or one for each of --nodes: small worlds need longer for as many gets.',
    );
  }
  return {
    runs: sizes.flatMap((nodes, index) =>
      seeds.map((seed) => ({ ...choices, nodes, minutes: minutes[index] ?? minutes[0]!, seed })),
    ),
    json: values.json,
    report: values.report,
    plot: values.plot,
  };
}

function settingsOf(assignments: readonly string[]): Partial<DhtSettings> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [name = '', value = ''] = assignment.split('=');
      if (!Object.hasOwn(dhtSettings, name)) throw new Error(`There is no setting "${name}".`);
      return [name, within(value, `--set ${name}`, 0, 1e12)];
    }),
  );
}

function oneOf<Choice extends string>(
  choices: readonly Choice[],
  value: string | undefined,
  name: string,
): Choice {
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw new Error(`${name} is one of ${choices.join(', ')}.`);
  return choice;
}

const minutesOf = (text: string | undefined, name: string, from: number): number | undefined =>
  text === undefined ? undefined : within(text, name, from, 1e6);

function within(text: string, name: string, from: number, to: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= from && value <= to)) {
    throw new Error(`${name} is a number from ${from} to ${to}.`);
  }
  return value;
}

function whole(text: string, name: string, from: number, to: number): number {
  const value = within(text, name, from, to);
  if (!Number.isInteger(value)) throw new Error(`${name} is a whole number.`);
  return value;
}
