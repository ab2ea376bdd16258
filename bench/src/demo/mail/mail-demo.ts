/** The main job end to end, on real mail, with the archive and its database killed in the middle. */
import { percentile, step } from '../../report/report.js';
import { countLost } from './check-records.js';
import { followLive } from './follow-live.js';
import { corpusFiles, importCorpus } from './import-corpus.js';
import { querySample } from './query-sample.js';
import { sendCrates } from './send-crates.js';
import { setStage } from './stage.js';
import type { DemoOutcome } from '../outcome.js';
import { sparkline, tableLines, type DemoFigures } from './table.js';
import { threadLines, walkThread } from './walk-thread.js';

const messagesToSend = 200;
const threadLinesMax = 12;

/** @param mails how many of the corpus, all of them when it is not said; undefined when there are not so many */
export async function mailDemo(mails: number | undefined): Promise<DemoOutcome | undefined> {
  const files = corpusFiles();
  const count = mails ?? files.length;
  if (!Number.isInteger(count) || count < 1) return undefined;
  const chosen = files.slice(0, count);
  const figures = await runDemo(chosen);
  return { figures, lines: [...tableLines(figures)], isGood: isGood(figures, chosen.length) };
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
