/**
 * `holdfast import mail`: every mail of some files and folders becomes one signed record. Two passes: the first finds
 * the mails and reads their headers, the second reads, parses, signs and publishes one after the other, parents before
 * answers, with many on the way to the archive at once. Nothing is remembered between imports: the same mails give the
 * same records, and the archive says which of them it holds already, so that an interrupted import is simply repeated.
 */
import { setImmediate } from 'node:timers/promises';
import {
  compareRevisions,
  signRecord,
  HoldfastError,
  type RecordPayload,
  type SigningKey,
} from '@holdfast/protocol';
import type { Client, PublishOutcome } from '@holdfast/client';
import { cliLimits } from '../limits.js';
import { keyOfMessageId } from './header-fields.js';
import { reasonOf, walkMailFiles } from './mail-files.js';
import { mailCollection, makeMailPayload, parseMail } from './mail-payload.js';
import { isRefusedMail, refusedMail, type MailPlace, type MailRefusal } from './mail-refusal.js';
import { findMails, MailReader, type FoundMail } from './mbox.js';
import { arrangeThreads, type Threads } from './threads.js';

export interface MailImport {
  readonly paths: readonly string[];
  readonly client: Pick<Client, 'publishMany' | 'query'>;
  readonly author: SigningKey;
  /** NumericDate seconds. */
  readonly now: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MailImportProgress) => void;
  /** Called with every record that the archive holds now, and whether it held it before. */
  readonly onRecord?: (imported: ImportedMail) => void;
  /** Called with every mail or file that was not imported. */
  readonly onRefusal?: (refusal: MailRefusal, kind: 'rejected' | 'skipped') => void;
}

export interface MailImportProgress {
  readonly step: 'reading' | 'importing';
  readonly done: number;
  /** Unknown while files are still being found. */
  readonly total?: number;
}

export interface ImportedMail extends MailPlace {
  readonly id: string;
  readonly status: PublishOutcome['status'];
}

export interface MailImportSummary {
  /** Records that the archive did not hold before. */
  readonly imported: number;
  readonly known: number;
  /** Mails that could not be imported, and named files that are no mails. */
  readonly rejected: number;
  /** Files in folders that are no mails. */
  readonly skipped: number;
  readonly cut: number;
  readonly withParent: number;
}

/** Rejects when the archive cannot be reached or the signal aborts; what one mail is refused for never ends it. */
export async function importMail(work: MailImport): Promise<MailImportSummary> {
  const count = { rejected: 0, skipped: 0, cut: 0, withParent: 0 };
  const refuse: OnRefusal = (refusal, kind) => {
    count[kind]++;
    work.onRefusal?.(refusal, kind);
  };
  const threads = arrangeThreads(await findAllMails(work, refuse));
  const earlier = await findEarlierMails(work, threads);
  const made: MadeRecord[] = [];
  const total = threads.ordered.length;
  const published = await work.client.publishMany(makeDrafts(), {
    ...(work.signal === undefined ? {} : { signal: work.signal }),
    onProgress: ({ done }, outcome) => {
      const { place, expectedId } = made[outcome.index]!;
      if (outcome.status === 'refused') {
        const { code = 'internal-error', detail = 'The archive refused the record.' } = outcome;
        refuse(refusedMail(place, code, detail), 'rejected');
      } else {
        if (expectedId !== undefined && expectedId !== outcome.id) throw unexpectedId();
        work.onRecord?.({ ...place, id: outcome.id!, status: outcome.status });
      }
      work.onProgress?.({ step: 'importing', done, total });
    },
  });
  // What its author has retracted is held as a tombstone: the archive knows it, and it stays retracted.
  return { imported: published.stored, known: published.known + published.retracted, ...count };

  async function* makeDrafts(): AsyncGenerator<RecordPayload> {
    const heads = new Map<string, Revision>();
    for await (const { mail, email } of parseAhead(threads.ordered)) {
      if (isRefusedMail(email)) {
        refuse(email, 'rejected');
        continue;
      }
      const parent = parentOf(mail, threads, heads, earlier);
      const refs = parent === undefined ? [] : [parent];
      const { payload, isCut } = makeMailPayload(mail.fields, email, refs, work.now);
      if (isCut) count.cut++;
      if (parent !== undefined) count.withParent++;
      const place = { file: mail.file, offset: mail.offset };
      if (threads.isAnswered(mail)) {
        const { id, iat } = await signRecord(payload, work.author, work.now);
        keepHead(heads, mail.fields.messageId!, { id, iat });
        made.push({ place, expectedId: id });
      } else {
        made.push({ place });
      }
      yield payload;
    }
  }
}

/** What is on its way to the archive. */
interface MadeRecord {
  readonly place: MailPlace;
  /** Known where an answer had to name it before the client had signed it. */
  readonly expectedId?: string;
}

const unexpectedId = () =>
  new HoldfastError('internal-error', 'The client has signed a mail otherwise than its answers expect.');

type OnRefusal = NonNullable<MailImport['onRefusal']>;

/** What is remembered of a record that others may answer. */
interface Revision {
  readonly id: string;
  readonly iat: number;
}

async function findAllMails(work: MailImport, refuse: OnRefusal): Promise<FoundMail[]> {
  const mails: FoundMail[] = [];
  for await (const file of walkMailFiles(work.paths)) {
    work.signal?.throwIfAborted();
    if (isRefusedMail(file)) {
      refuse(file, 'rejected');
      continue;
    }
    try {
      for (const mail of findMails(file.file)) {
        if (!isRefusedMail(mail)) mails.push(mail);
        else refuse(mail, mail.isNoMail === true && !file.isNamed ? 'skipped' : 'rejected');
        if (mails.length > cliLimits.mailsPerImportMax) throw tooManyMails();
        // Scanning is synchronous: timers and signals get their turn in a file of many mails, too.
        if (mails.length % 500 === 0) await setImmediate();
      }
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      refuse(refusedMail({ file: file.file, offset: 0 }, 'file-unreadable', reasonOf(error)), 'rejected');
    }
    work.onProgress?.({ step: 'reading', done: mails.length });
  }
  return mails;
}

const tooManyMails = () =>
  new HoldfastError(
    'usage-invalid',
    `An import takes at most ${cliLimits.mailsPerImportMax} mails: import the files in parts.`,
  );

/** The heads of this author's mails that are answered here and were imported before. */
async function findEarlierMails(work: MailImport, threads: Threads): Promise<ReadonlyMap<string, Revision>> {
  const found = new Map<string, Revision>();
  const waiting = work.signal === undefined ? {} : { signal: work.signal };
  const scope = { author: work.author.publicKey, collection: mailCollection, limit: 1 };
  const any = await work.client.query(scope, waiting);
  if (any.records.length === 0) return found;
  const wanted = new Set(threads.ordered.flatMap((mail) => threads.ancestorsOf(mail)));
  const keys = [...wanted].filter((id) => !threads.has(id) && keyOfMessageId(id) !== undefined).values();
  const ask = async () => {
    for (const key of keys) {
      const [head] = (await work.client.query({ ...scope, key }, waiting)).records;
      if (head !== undefined) found.set(key, { id: head.id, iat: head.iat });
    }
  };
  await Promise.all(Array.from({ length: cliLimits.parentQueriesInFlightMax }, ask));
  return found;
}

/** Parses some mails before their turn, so that reading and parsing overlap; answers them in their order. */
async function* parseAhead(mails: readonly FoundMail[]) {
  const reader = new MailReader();
  const ahead: { mail: FoundMail; email: ReturnType<typeof parseMail> }[] = [];
  let bytesAhead = 0;
  let next = 0;
  try {
    while (next < mails.length || ahead.length > 0) {
      while (next < mails.length && (ahead.length === 0 || hasRoomFor(mails[next]!))) {
        const mail = mails[next++]!;
        bytesAhead += mail.sizeBytes;
        ahead.push({ mail, email: readAndParse(mail, reader) });
      }
      const { mail, email } = ahead.shift()!;
      bytesAhead -= mail.sizeBytes;
      yield { mail, email: await email };
    }
  } finally {
    reader.close();
  }

  function hasRoomFor(mail: FoundMail): boolean {
    return (
      ahead.length < cliLimits.mailsParsedAheadMax &&
      bytesAhead + mail.sizeBytes <= cliLimits.mailsParsedAheadBytesMax
    );
  }
}

async function readAndParse(mail: FoundMail, reader: MailReader): ReturnType<typeof parseMail> {
  try {
    return await parseMail(mail, reader.read(mail));
  } catch (error) {
    return refusedMail(mail, 'file-unreadable', reasonOf(error));
  }
}

function parentOf(
  mail: FoundMail,
  threads: Threads,
  heads: ReadonlyMap<string, Revision>,
  earlier: ReadonlyMap<string, Revision>,
): string | undefined {
  for (const ancestor of threads.ancestorsOf(mail)) {
    const parent = threads.has(ancestor) ? heads.get(ancestor) : earlier.get(ancestor);
    if (parent !== undefined) return parent.id;
  }
  return undefined;
}

/** Of several mails with one Message-Id the head is answered: the one that a query for the key finds. */
function keepHead(heads: Map<string, Revision>, messageId: string, revision: Revision): void {
  const head = heads.get(messageId);
  if (head === undefined || compareRevisions(revision, head) > 0) heads.set(messageId, revision);
}
