/**
 * `npm run demo [-- --json] [-- --mails N]`: the main job end to end, on real mail, with the archive and its database
 * killed in the middle. Ends with 1 when anything is lost, repeated, rejected or not delivered.
 */
import { parseArgs } from 'node:util';
import { countLost } from './demo/check-records.js';
import { followLive } from './demo/follow-live.js';
import { corpusFiles, importCorpus } from './demo/import-corpus.js';
import { querySample } from './demo/query-sample.js';
import { sendCrates } from './demo/send-crates.js';
import { setStage } from './demo/stage.js';
import { sparkline, tableLines, type DemoFigures } from './demo/table.js';
import { threadLines, walkThread } from './demo/walk-thread.js';
import { percentile, step } from './report/report.js';

const messagesToSend = 200;
const threadLinesMax = 12;
const usage = 'Usage: npm run demo [-- --json] [-- --mails N]';

const asked = readArguments();
if (asked === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  const figures = await runDemo(asked.files);
  if (asked.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else process.stdout.write(`\n${[...tableLines(figures)].join('\n')}\n`);
  process.exitCode = isGood(figures, asked.files.length) ? 0 : 1;
}

function readArguments(): { json: boolean; files: readonly string[] } | undefined {
  try {
    const { values } = parseArgs({
      options: { json: { type: 'boolean', default: false }, mails: { type: 'string' } },
    });
    const files = corpusFiles();
    const count = values.mails === undefined ? files.length : Number(values.mails);
    if (!Number.isInteger(count) || count < 1) return undefined;
    return { json: values.json, files: files.slice(0, count) };
  } catch {
    return undefined;
  }
}

async function runDemo(files: readonly string[]): Promise<DemoFigures> {
  const startedAt = performance.now();
  step('starting an archive on a throw-away database');
  const stage = await setStage();
  try {
    const alice = await stage.newPerson();
    const bob = await stage.newPerson();
    const aliceClient = await alice.connect();
    const bobClient = await bob.connect();
    await bobClient.openMailbox();

    step(`importing ${files.length} mails`);
    const corpus = await importCorpus(aliceClient, alice.jwk, files);
    step(
      `  ${corpus.imported} records, ${corpus.withParent} of them answers; each second: ${sparkline(corpus.perSecond)}`,
    );

    const thread = await walkThread(bobClient, alice.author);
    if (thread === undefined) {
      step('no discussion among these mails');
    } else {
      step(`a discussion of ${thread.mails} mails, walked ${thread.depth} steps up to its root`);
      for (const line of threadLines(thread, threadLinesMax)) step(`  ${line}`);
    }

    const queryMs = await querySample(bobClient, alice.author);
    step(`asked ${queryMs.length} questions`);
    const live = await followLive(aliceClient, bobClient);
    step(`followed ${live.latencies.length} records as they were published`);

    await bobClient.close();
    step(`sending ${messagesToSend} messages to somebody who is away`);
    const crates = await sendCrates(stage.archive, aliceClient, bob, messagesToSend, step);
    step(
      `  the archive was back after ${crates.secondsToRestart.toFixed(1)} s; ${crates.delivered} messages delivered`,
    );

    const kept = [...corpus.ids, ...live.ids];
    const lostRecords = await countLost(stage.archive.url, kept);
    step(`asked for all ${kept.length} records again`);
    return {
      imported: corpus.imported,
      rejected: corpus.rejected,
      lost: lostRecords + (crates.sent - crates.delivered),
      repeated: live.repeated + crates.repeated,
      sent: crates.sent,
      delivered: crates.delivered,
      importPerSecond: Math.round(corpus.imported / corpus.seconds),
      queryMsP50: tenths(percentile(queryMs, 0.5)),
      queryMsP99: tenths(percentile(queryMs, 0.99)),
      followMsP50: tenths(percentile(live.latencies, 0.5)),
      followMsP99: tenths(percentile(live.latencies, 0.99)),
      cratesPerSecond: tenths(crates.cratesPerSecond),
      seconds: tenths((performance.now() - startedAt) / 1000),
    };
  } finally {
    await stage.clear();
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function isGood(figures: DemoFigures, mails: number): boolean {
  return (
    figures.imported === mails &&
    figures.rejected === 0 &&
    figures.lost === 0 &&
    figures.repeated === 0 &&
    figures.sent === messagesToSend &&
    figures.delivered === messagesToSend
  );
}
