/**
 * `npm run demo [-- --json] [-- --mails N]`: the main job end to end on real mail. `npm run demo -- crates [--json]
 * [--crates N]`: messages that survive the loss of archives. `npm run demo -- gossip [--json] [--mails N] [--seed S]`:
 * archives that hold the same in the end. `npm run demo -- overlay [--json] [--clients N] [--seed S]`: clients that go on
 * without archives. Ends with 1 when anything is lost, missing, repeated or taken back.
 */
import { parseArgs } from 'node:util';
import { cratesDemo } from './demo/crates/crates-demo.js';
import { gossipDemo } from './demo/gossip/gossip-demo.js';
import { mailDemo } from './demo/mail/mail-demo.js';
import { overlayDemo } from './demo/overlay/overlay-demo.js';
import type { DemoOutcome } from './demo/outcome.js';

const usage = `Usage: npm run demo [-- --json] [-- --mails N] | npm run demo -- crates [--json] [--crates N]
     | npm run demo -- gossip [--json] [--mails N] [--seed S]
     | npm run demo -- overlay [--json] [--clients N] [--seed S]`;

interface Numbers {
  readonly mails: number | undefined;
  readonly crates: number | undefined;
  readonly clients: number | undefined;
  readonly seed: number | undefined;
}

const demos: Readonly<
  Record<string, { options: string[]; run: (numbers: Numbers) => Promise<DemoOutcome | undefined> }>
> = {
  '': { options: ['mails'], run: ({ mails }) => mailDemo(mails) },
  crates: { options: ['crates'], run: ({ crates }) => cratesDemo(crates) },
  gossip: { options: ['mails', 'seed'], run: ({ mails, seed }) => gossipDemo(mails, seed) },
  overlay: { options: ['clients', 'seed'], run: ({ clients, seed }) => overlayDemo(clients, seed) },
};

const asked = readArguments();
const outcome = await asked?.run();
if (outcome === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  if (asked?.json === true) process.stdout.write(`${JSON.stringify(outcome.figures)}\n`);
  else process.stdout.write(`\n${outcome.lines.join('\n')}\n`);
  process.exitCode = outcome.isGood ? 0 : 1;
}

function readArguments(): { json: boolean; run: () => Promise<DemoOutcome | undefined> } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        mails: { type: 'string' },
        crates: { type: 'string' },
        clients: { type: 'string' },
        seed: { type: 'string' },
      },
    });
    const { json, ...counts } = values;
    const [mails, crates, clients, seed] = [counts.mails, counts.crates, counts.clients, counts.seed].map(
      numberOf,
    );
    const demo = demos[positionals.join()];
    if (demo === undefined || Object.keys(counts).some((option) => !demo.options.includes(option)))
      return undefined;
    return { json, run: () => demo.run({ mails, crates, clients, seed }) };
  } catch {
    return undefined;
  }
}

function numberOf(word: string | undefined): number | undefined {
  return word === undefined ? undefined : Number(word);
}
