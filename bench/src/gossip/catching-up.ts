/**
 * How fast a new archive catches up with one that holds very much, against how fast that one took the same records in
 * from clients: from the moment in which it is approved until it holds as much and both have compared their sets.
 */
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { bootFederation, countHeld, type ArchiveProcess } from '@holdfast/testing';
import { publishAll } from '../ingest/publisher.js';
import { progress, step } from '../report/report.js';
import { readRecords } from './record-files.js';

const connections = 8;
const inFlightEach = 16;
const lookEveryMs = 200;

export interface CaughtUp {
  readonly ingestPerSecond: number;
  readonly catchUpPerSecond: number;
  /** Records that the two do not have in common, by every id and body. */
  readonly different: number;
}

export async function catchUp(files: readonly string[], count: number): Promise<CaughtUp> {
  const federation = await bootFederation({ archives: 1, postgres: 'embedded' });
  try {
    const [old] = federation.archives as [ArchiveProcess];
    step(`publishing ${count.toLocaleString('en')} records at one archive`);
    const ingestPerSecond = await publishAt(old, files, count);
    step('a second archive comes, with nothing in it');
    const late = await federation.add({ postgres: 'embedded' });
    const startedAt = performance.now();
    await comparedAt(late, old.id, count);
    const seconds = (performance.now() - startedAt) / 1000;
    step('comparing every id and body of both');
    const { differences } = await federation.same();
    return { ingestPerSecond, catchUpPerSecond: count / seconds, different: differences };
  } finally {
    await federation.destroy();
  }
}

async function publishAt(archive: ArchiveProcess, files: readonly string[], count: number): Promise<number> {
  const records = readRecords(files);
  let sent = 0;
  const takeNext = (): string | undefined => {
    if (++sent % 1000 === 0)
      progress(`${sent.toLocaleString('en')} of ${count.toLocaleString('en')} published`);
    return records.next().value;
  };
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, () => publishAll(archive.url, takeNext, inFlightEach)),
  );
  return (count * 1000) / (performance.now() - startedAt);
}

/** Resolves when it holds so many, and has found its set to be the peer's. */
async function comparedAt(archive: ArchiveProcess, peer: string, count: number): Promise<void> {
  const client = new Client({ connectionString: archive.databaseUrl });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query<{ synced: boolean; cursor: string | null }>(
        'select synced_at is not null as synced, records_cursor as cursor from peer where id = $1',
        [peer],
      );
      if (rows[0]?.synced === true && (await countHeld(archive.databaseUrl)) >= count) return;
      progress(
        `${Number(rows[0]?.cursor ?? 0).toLocaleString('en')} of ${count.toLocaleString('en')} caught up`,
      );
      await setTimeout(lookEveryMs);
    }
  } finally {
    await client.end();
  }
}
