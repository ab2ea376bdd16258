/**
 * `npm run demo [-- --json] [-- --mails N]`: the main job end to end on real mail. `npm run demo -- crates [--json]
 * [--crates N]`: messages that survive the loss of archives. Ends with 1 when anything is lost, repeated or taken back.
 */
import { parseArgs } from 'node:util';
import { cratesDemo } from './demo/crates/crates-demo.js';
import { mailDemo } from './demo/mail/mail-demo.js';
import type { DemoOutcome } from './demo/outcome.js';

const usage = 'Usage: npm run demo [-- --json] [-- --mails N] | npm run demo -- crates [--json] [--crates N]';

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
      },
    });
    const { json, mails, crates } = values;
    if (positionals.length === 0 && crates === undefined) {
      return { json, run: () => mailDemo(mails === undefined ? undefined : Number(mails)) };
    }
    if (positionals.join() !== 'crates' || mails !== undefined) return undefined;
    return { json, run: () => cratesDemo(crates === undefined ? undefined : Number(crates)) };
  } catch {
    return undefined;
  }
}
