/** The corpus as signed records, made by the importer of the command line; and retractions of some of them. */
import { importMail } from '@holdfast/cli/import-mail';
import { ProgressBar } from '@holdfast/cli/progress-bar';
import {
  generatePrivateJwk,
  signingKeyFromJwk,
  signRecord,
  type HoldfastRecord,
  type RecordPayload,
} from '@holdfast/protocol';

/** One in so many mails is taken back by its author. */
const retractedOneIn = 50;

export interface Publication {
  /** In the order in which they are published. */
  readonly records: readonly HoldfastRecord[];
  /** What its author takes back in the course of it. */
  readonly retracted: ReadonlySet<string>;
}

/** @param random from 0 up to 1 */
export async function preparePublication(
  files: readonly string[],
  random: () => number,
): Promise<Publication> {
  const author = await signingKeyFromJwk(await generatePrivateJwk());
  const now = Math.floor(Date.now() / 1000);
  const mails = await signMails(files, author, now);
  const records: HoldfastRecord[] = [];
  const retracted = new Set<string>();
  for (const [index, mail] of mails.entries()) {
    records.push(mail);
    if (index % retractedOneIn !== retractedOneIn - 1) continue;
    const { id } = mails[Math.floor(random() * (index + 1))]!;
    if (retracted.has(id)) continue;
    retracted.add(id);
    const payload = { collection: 'retractions', iat: now, refs: [id], body: null };
    records.push(await signRecord(payload, author, now));
  }
  return { records, retracted };
}

type Author = Parameters<typeof signRecord>[1];

/** The importer, with what it would publish caught on the way. */
export async function signMails(
  files: readonly string[],
  author: Author,
  now: number,
): Promise<HoldfastRecord[]> {
  const records = new Map<string, HoldfastRecord>();
  const bar = new ProgressBar(process.stderr, process.stderr.isTTY);
  const catching: Parameters<typeof importMail>[0]['client'] = {
    query: () => Promise.resolve({ records: [], source: { kind: 'local' }, tried: [], complete: true }),
    async publishMany(drafts) {
      for await (const draft of drafts as AsyncIterable<RecordPayload>) {
        const record = await signRecord(draft, author, now);
        records.set(record.id, record);
        bar.update('signing', records.size, files.length);
      }
      const count = { done: records.size, stored: records.size, known: 0, retracted: 0, refused: 0 };
      return { ...count, refusals: [] };
    },
  };
  try {
    await importMail({ paths: files, client: catching, author, now });
    return [...records.values()];
  } finally {
    bar.end();
  }
}
