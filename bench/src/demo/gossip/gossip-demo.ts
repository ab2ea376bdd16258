/**
 * No archive is needed: real mail is published at whichever of three archives, while the paths between these are cut and
 * archives are killed, and one starts late from nothing. In the end all of them hold the same.
 */
import { setTimeout } from 'node:timers/promises';
import {
  bootFederation,
  countHeld,
  seededRandom,
  type BootOptions,
  type Federation,
} from '@holdfast/testing';
import { progress, step } from '../../report/report.js';
import { corpusFiles } from '../mail/import-corpus.js';
import type { DemoOutcome } from '../outcome.js';
import { countMissing } from './audit.js';
import { Misfortune } from './misfortune.js';
import { Publishing } from './publishing.js';
import { preparePublication } from './signed-mails.js';

const earlyArchives = 2;
const rounds = 10;
/** The third archive comes when half of everything has been published. */
const lateRound = rounds / 2;
const pauseMsMax = 4_000;
/** Nothing that is slow is missing: only when nothing moves for so long is it given up. */
const standstillMsMax = 150_000;
const lookEveryMs = 500;

export interface GossipFigures {
  readonly archives: number;
  /** What every archive should hold in the end. */
  readonly records: number;
  /** Records that an archive does not hold, or holds otherwise than it should, over all archives. */
  readonly missing: number;
  /** Bodies that archives have sent each other, for each that they had to. */
  readonly transfersPerRecord: number;
  readonly seconds: number;
}

export interface GossipRun {
  readonly figures: GossipFigures;
  readonly kills: number;
  readonly cuts: number;
  readonly retracted: number;
}

export interface GossipDemoOptions {
  readonly files: readonly string[];
  /** `embedded`: every archive's PostgreSQL is killed with it. */
  readonly postgres: NonNullable<BootOptions['postgres']>;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** @param mails how many of the corpus, all of them when it is not said; undefined when there are not so many */
export async function gossipDemo(
  mails: number | undefined,
  seed = Math.floor(Math.random() * 2 ** 32),
): Promise<DemoOutcome | undefined> {
  const files = corpusFiles();
  const count = mails ?? files.length;
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) return undefined;
  const run = await growTogether({ files: files.slice(0, count), postgres: 'embedded', seed, say: step });
  return { figures: run.figures, lines: linesOf(run), isGood: run.figures.missing === 0 };
}

export async function growTogether(options: GossipDemoOptions): Promise<GossipRun> {
  options.say(`starting ${earlyArchives} archives`);
  const federation = await bootFederation({ archives: earlyArchives, postgres: options.postgres });
  // Neither the archives nor their data outlive a demo that is broken off.
  const breakOff = (): void => void federation.destroy().finally(() => process.exit(130));
  process.once('SIGINT', breakOff);
  try {
    return await play(federation, options);
  } finally {
    process.removeListener('SIGINT', breakOff);
    await federation.destroy();
  }
}

async function play(federation: Federation, options: GossipDemoOptions): Promise<GossipRun> {
  const { files, postgres, seed, say } = options;
  const startedAt = performance.now();
  const random = seededRandom(seed);
  const publication = await preparePublication(files, random);
  const { records, retracted } = publication;
  const misfortune = new Misfortune({ federation, withDatabase: postgres === 'embedded', random, say });
  const publishing = new Publishing();
  say(`publishing ${records.length} records, ${retracted.size} of them retractions (seed ${seed})`);
  let published = 0;
  for (let round = 0; round < rounds; round++) {
    if (round === lateRound) {
      say('a third archive comes, with nothing in it');
      await federation.add({ postgres });
    }
    misfortune.changePaths();
    const part = records.slice(share(records, round), share(records, round + 1));
    let killing: Promise<void> | undefined;
    await publishing.publish(part, federation.archives, random, (count) => {
      progress(`${++published} of ${records.length} published`);
      if (round % 2 === 1 && count >= part.length / 2) killing ??= misfortune.kill();
    });
    await killing;
    await setTimeout(random() * pauseMsMax);
  }
  await publishing.close();
  say('all is published, and the network is whole again');
  misfortune.heal();
  await settled(federation);
  const missing = await countMissing(federation.archives, publication);
  const archives = federation.archives.length;
  const held = records.length - retracted.size;
  const figures = {
    archives,
    records: held,
    missing,
    transfersPerRecord: Math.round((federation.bodiesSent * 1000) / (held * (archives - 1))) / 1000,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
  return { figures, kills: misfortune.kills, cuts: misfortune.cuts, retracted: retracted.size };
}

const share = ({ length }: { readonly length: number }, round: number): number =>
  Math.floor((length * round) / rounds);

/** Resolves when all archives hold the same, or when nothing has moved for long. */
async function settled(federation: Federation): Promise<void> {
  let last = { held: '', at: performance.now() };
  for (;;) {
    const counts = await Promise.all(federation.archives.map(({ databaseUrl }) => countHeld(databaseUrl)));
    if (new Set(counts).size === 1 && (await federation.same()).isSame) return;
    const held = counts.join(' ');
    progress(`held: ${held}`);
    if (held !== last.held) last = { held, at: performance.now() };
    else if (performance.now() - last.at > standstillMsMax) return;
    await setTimeout(lookEveryMs);
  }
}

const linesOf = ({ figures, kills, cuts, retracted }: GossipRun): string[] =>
  Object.entries({ ...figures, retracted, cuts, kills }).map(
    ([name, value]) => `  ${name.padEnd(20)} ${value.toLocaleString('en').padStart(8)}`,
  );
