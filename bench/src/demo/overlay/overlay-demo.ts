/**
 * What clients share outlives the archives: client processes read the newest mails, both of their archives are killed
 * with their databases, and the clients go on finding mails, publishing and writing to each other, over direct links.
 * When the archives return, they receive what was made meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { generatePrivateJwk, signingKeyFromJwk } from '@holdfast/protocol';
import {
  bootFederation,
  heldRecords,
  seededRandom,
  type BootOptions,
  type Federation,
} from '@holdfast/testing';
import { progress, step } from '../../report/report.js';
import { signMails } from '../gossip/signed-mails.js';
import { corpusFiles } from '../mail/import-corpus.js';
import type { DemoOutcome } from '../outcome.js';
import { ClientProcess } from './client-process.js';
import { Crowd } from './crowd.js';

const clientsDefault = 40;
const mailsPerClient = 3;
/** How many of the mails each client reads while the archives are there: what is read is held. */
const readsEach = 12;
const getsEach = 10;
const archives = 2;
const startedAtOnce = 4;
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Outboxes try again after minutes at most; nothing that takes so long is late. */
const returnMsMax = 300_000;

export interface OverlayFigures {
  readonly clients: number;
  readonly archivesKilled: number;
  /** Looked for while no archive was there. */
  readonly gets: number;
  readonly hits: number;
  /** Where the answers came from. */
  readonly bySource: Readonly<Record<string, number>>;
  /** Open at the moment when the archives were killed, seen from both ends. */
  readonly directLinks: number;
  /** Published while no archive was there, and found by others. */
  readonly notesFound: number;
  /** Handed over to their recipients while no archive was there. */
  readonly messagesDelivered: number;
  /** Made meanwhile and missing on an archive after its return, and messages that were not handed over once. */
  readonly lost: number;
  readonly seconds: number;
}

export interface OverlayDemoOptions {
  readonly clients: number;
  readonly postgres: NonNullable<BootOptions['postgres']>;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export async function overlayDemo(
  clients = clientsDefault,
  seed = Math.floor(Math.random() * 2 ** 32),
): Promise<DemoOutcome | undefined> {
  if (!Number.isInteger(clients) || clients < 4 || clients > 200 || !Number.isInteger(seed)) return undefined;
  const figures = await goOnAlone({ clients, postgres: 'embedded', seed, say: step });
  return { figures, lines: linesOf(figures), isGood: isGood(figures) };
}

/** Without archives hot mails are found as promised (P8), and most of what is made; in the end nothing is lost. */
const isGood = ({ clients, gets, hits, notesFound, messagesDelivered, lost }: OverlayFigures): boolean =>
  hits >= gets * 0.95 && notesFound >= clients * 0.95 && messagesDelivered >= clients * 0.95 && lost === 0;

export async function goOnAlone(options: OverlayDemoOptions): Promise<OverlayFigures> {
  options.say(`starting ${archives} archives`);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-overlay-'));
  const federation = await bootFederation({
    archives,
    postgres: options.postgres,
    settings: { HOLDFAST_RELAY_TICKETS_PER_NETWORK: '0' },
  });
  const members: ClientProcess[] = [];
  const clear = async (): Promise<void> => {
    for (const member of members) member.kill();
    await federation.destroy().catch((error: unknown) => options.say(String(error)));
    await rm(folder, { recursive: true, force: true });
  };
  // Neither the archives nor their data outlive a demo that is broken off.
  const breakOff = (): void => void clear().finally(() => process.exit(130));
  for (const signal of endingSignals) process.once(signal, breakOff);
  try {
    options.say(`starting ${options.clients} clients`);
    while (members.length < options.clients) {
      const archive = federation.archives[members.length % archives]!;
      const home = join(folder, `client-${members.length}`);
      members.push(ClientProcess.start(archive, await generatePrivateJwk(), home));
      if (members.length % startedAtOnce === 0 || members.length === options.clients) {
        // They can be written to from then on.
        const fresh = members.slice(-startedAtOnce);
        await Promise.all(fresh.map((member) => member.tell({ do: 'mailbox' })));
        progress(`${members.length} of ${options.clients} clients are there`);
      }
    }
    return await play(federation, members, options);
  } finally {
    for (const signal of endingSignals) process.removeListener(signal, breakOff);
    await clear();
  }
}

async function play(
  federation: Federation,
  members: readonly ClientProcess[],
  { postgres, seed, say }: OverlayDemoOptions,
): Promise<OverlayFigures> {
  const startedAt = performance.now();
  const crowd = new Crowd(members, seededRandom(seed), progress);
  const files = corpusFiles().slice(-members.length * mailsPerClient);
  const author = await signingKeyFromJwk(await generatePrivateJwk());
  const mails = await signMails(files, author, Math.floor(Date.now() / 1000));
  await crowd.join();
  say(`publishing the ${mails.length} newest mails, and reading them (seed ${seed})`);
  await crowd.publish(mails);
  await federation.untilSame();
  await crowd.read(readsEach);
  say('everybody writes to a neighbour, and is answered');
  await crowd.becomeAcquainted();
  say('waiting for direct links');
  const directLinks = await crowd.linked();
  say('kill -9 both archives and their databases');
  await Promise.all(
    federation.archives.map((archive) => archive.kill9({ database: postgres === 'embedded' })),
  );
  const { gets, hits, bySource } = await crowd.find(getsEach);
  say(`${hits} of ${gets} mails found without an archive; publishing and writing without one`);
  const notes = await crowd.publishNotes();
  const notesFound = await crowd.findNotes(notes);
  say(`${notesFound} of ${notes.length} new notes found by others`);
  const messages = await crowd.write();
  const messagesDelivered = await crowd.handedOver(messages);
  say(`${messagesDelivered} of ${messages.length} messages handed over; the archives return`);
  await Promise.all(federation.archives.map((archive) => archive.start()));
  const lost = (await missingNotes(federation, notes)) + (await crowd.notHandedOverOnce(messages));
  return {
    clients: members.length,
    archivesKilled: archives,
    gets,
    hits,
    bySource,
    directLinks,
    notesFound,
    messagesDelivered,
    lost,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
}

/** Over both archives; each is given time for what still comes. */
async function missingNotes({ archives: all }: Federation, notes: readonly string[]): Promise<number> {
  const since = performance.now();
  for (;;) {
    const missing = await Promise.all(all.map(({ databaseUrl }) => countMissing(databaseUrl, notes)));
    const sum = missing.reduce((total, each) => total + each, 0);
    progress(`${sum} of ${notes.length * all.length} are still to come`);
    if (sum === 0 || performance.now() - since > returnMsMax) return sum;
    await setTimeout(500);
  }
}

async function countMissing(databaseUrl: string, notes: readonly string[]): Promise<number> {
  const missing = new Set(notes);
  for await (const { id } of heldRecords(databaseUrl)) {
    missing.delete(Buffer.from(id, 'hex').toString('base64url'));
  }
  return missing.size;
}

const linesOf = ({ bySource, ...figures }: OverlayFigures): string[] => [
  ...Object.entries(figures).map(
    ([name, value]) => `  ${name.padEnd(20)} ${value.toLocaleString('en').padStart(8)}`,
  ),
  ...Object.entries(bySource).map(
    ([name, value]) => `    from ${name.padEnd(13)} ${String(value).padStart(8)}`,
  ),
];
