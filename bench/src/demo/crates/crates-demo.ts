/**
 * The founding question, answered by breaking things: messages are made durable on two of three archives while these
 * are killed again and again, one archive is lost with its disk, recipients come and go, and every message arrives.
 */
import { setMaxListeners } from 'node:events';
import { progress, step } from '../../report/report.js';
import type { DemoOutcome } from '../outcome.js';
import { countEarly } from './auditor.js';
import { Misfortune } from './misfortune.js';
import { Recipient } from './recipients.js';
import { Sender } from './senders.js';
import { createWorld, type World } from './world.js';

const cratesDefault = 2_000;
const senderCount = 3;
const recipientCount = 9;
/** So many of the recipients are about from the beginning; the others come when everything is durable. */
const earlyRecipients = 3;
/** Nothing that is slow is lost: only when nothing moves for so long is it given up. */
const standstillMsMax = 120_000;

export interface CratesFigures {
  readonly sent: number;
  readonly durable: number;
  readonly delivered: number;
  /** Messages that their recipients have not seen, or in another wording. */
  readonly lost: number;
  /** Crates that an archive has promised to hold and let go without a proof. */
  readonly early: number;
  /** Steps of a status in the wrong direction. */
  readonly rolledBack: number;
  /** Messages that an application was given more than once. */
  readonly repeated: number;
  readonly kills: number;
  readonly seconds: number;
}

export interface CratesDemoOptions {
  readonly crates: number;
  /** `embedded`: every archive's PostgreSQL is killed with it. */
  readonly postgres: 'embedded' | 'test-cluster';
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** @param crates how many; undefined when that is no number of crates */
export async function cratesDemo(crates = cratesDefault): Promise<DemoOutcome | undefined> {
  if (!Number.isInteger(crates) || crates < 1) return undefined;
  const seed = Math.floor(Math.random() * 2 ** 32);
  const figures = await surviveLosses({ crates, postgres: 'embedded', seed, say: step });
  const lines = Object.entries(figures).map(
    ([name, value]) => `  ${name.padEnd(12)} ${(value as number).toLocaleString('en').padStart(8)}`,
  );
  return { figures, lines, isGood: isGood(figures, crates) };
}

export const isGood = (figures: CratesFigures, crates: number): boolean =>
  figures.sent === crates &&
  figures.durable === crates &&
  figures.delivered === crates &&
  figures.lost + figures.early + figures.rolledBack + figures.repeated === 0;

export async function surviveLosses(options: CratesDemoOptions): Promise<CratesFigures> {
  options.say('starting three archives');
  const world = await createWorld(options.postgres);
  // Neither the archives nor their data outlive a demo that is broken off.
  const breakOff = (): void => void world.clear().finally(() => process.exit(130));
  process.once('SIGINT', breakOff);
  try {
    return await play(world, options);
  } finally {
    process.removeListener('SIGINT', breakOff);
    await world.clear();
  }
}

async function play(world: World, options: CratesDemoOptions): Promise<CratesFigures> {
  const { crates, postgres, seed, say } = options;
  const startedAt = performance.now();
  const random = randomFrom(seed);
  const senders: Sender[] = [];
  for (let turn = 0; turn < senderCount; turn++) senders.push(new Sender(await world.newPerson(turn)));
  const recipients: Recipient[] = [];
  for (let turn = 0; turn < recipientCount; turn++) {
    recipients.push(new Recipient(await world.newPerson(turn), random));
  }
  await Promise.all(recipients.map((recipient) => recipient.introduce()));
  for (const sender of senders) await sender.restart();

  const misfortune = new Misfortune({
    archives: world.archives,
    withDatabase: postgres === 'embedded',
    random,
    say,
  });
  const allSeen = new AbortController();
  misfortune.begin();
  for (const recipient of recipients.slice(0, earlyRecipients)) recipient.comeAndGo(allSeen.signal);

  say(`sending ${crates} messages, each to be on two of three archives (seed ${seed})`);
  const texts = Array.from({ length: crates }, (_, number) => `message ${number} of ${crates}`).values();
  let durable = 0;
  const authors = recipients.map(({ author }) => author);
  const sent = (): void => progress(`${++durable} of ${crates} durable`);
  await Promise.all(senders.map((sender) => sender.send(texts, authors, sent)));
  say('all of them are durable; the senders start anew');
  for (const sender of senders) await sender.restart();
  await misfortune.end();
  const early = await countEarly(await statusesOf(senders), misfortune.living);

  const later = new Misfortune({
    archives: world.archives,
    withDatabase: postgres === 'embedded',
    random,
    say,
  });
  await later.destroyOne();
  later.begin();
  say('those who were away come');
  for (const recipient of recipients.slice(earlyRecipients)) recipient.comeAndGo(allSeen.signal);
  const steps = (): number => sum([...senders, ...recipients].map((person) => person.steps));
  const standstill = standstillOf(steps);
  const delivered = sum(await Promise.all(senders.map((sender) => sender.delivered(standstill.signal))));
  standstill.end();
  say('once more: whatever comes again now is a repetition');
  await later.end();
  allSeen.abort();
  await Promise.all(recipients.map((recipient) => recipient.gone()));
  const earlyAfterwards = await countEarly(await statusesOf(senders), later.living);
  for (const sender of senders) await sender.restart();

  const seen = recipients.flatMap((recipient) => [...recipient.seen]);
  const textOf = new Map(seen.map(([message, { text }]) => [message, text]));
  const figures = {
    sent: sum(senders.map((sender) => sender.sent.length)),
    durable: sum(senders.map((sender) => sender.durable)),
    delivered,
    lost: sum(
      senders.map(
        ({ author, sent: messages }) =>
          messages.filter(({ id, text }) => textOf.get(`${author}/${id}`) !== text).length,
      ),
    ),
    early: early + earlyAfterwards,
    rolledBack: sum(senders.map((sender) => sender.rolledBack)),
    repeated: sum(seen.map(([, { times }]) => times - 1)),
    kills: misfortune.kills + later.kills,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
  for (const sender of senders) await sender.close();
  return figures;
}

/** Aborted when a number has not changed for long. */
function standstillOf(steps: () => number): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  // One waits for every message.
  setMaxListeners(0, controller.signal);
  let last = { steps: steps(), at: performance.now() };
  const timer = setInterval(() => {
    if (steps() !== last.steps) last = { steps: steps(), at: performance.now() };
    else if (performance.now() - last.at > standstillMsMax) controller.abort();
  }, 1_000);
  return { signal: controller.signal, end: () => clearInterval(timer) };
}

const statusesOf = async (senders: readonly Sender[]) =>
  (await Promise.all(senders.map((sender) => sender.statuses()))).flat();

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Mulberry32: the same misfortunes for the same seed, as far as the timing of processes allows. From 0 up to 1. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
