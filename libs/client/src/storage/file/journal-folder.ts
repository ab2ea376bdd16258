/**
 * The files of a file storage: `journal-<generation>`, of which the highest counts. A generation comes into being
 * whole, under its final name, by a link that fails when somebody else was first; the one before is then removed.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const namePattern = /^journal-(\d{8})$/;
const draftPattern = /^draft-/;
const draftAgeMsMax = 3_600_000;
const fileMode = 0o600;
const folderMode = 0o700;

export interface OpenJournal {
  readonly generation: number;
  readonly file: FileHandle;
}

/** Opens the newest generation; the first one is made when there is none. */
export async function openNewestJournal(folder: string): Promise<OpenJournal> {
  await mkdir(folder, { recursive: true, mode: folderMode });
  for (;;) {
    const generations = await generationsIn(folder);
    const generation = generations.at(-1);
    if (generation === undefined) {
      await createGeneration(folder, 1, async () => undefined);
      continue;
    }
    // Without O_CREAT: a generation that was removed meanwhile must not come back empty.
    const file = await open(nameOf(folder, generation), constants.O_RDWR | constants.O_APPEND).catch(
      ignoreMissing,
    );
    if (file === undefined) continue;
    for (const older of generations.slice(0, -1)) await unlink(nameOf(folder, older)).catch(ignoreMissing);
    return { generation, file };
  }
}

/**
 * Writes a generation and puts it under its name; does nothing when somebody else has done it. Once it is there, it is
 * on disk.
 */
export async function createGeneration(
  folder: string,
  generation: number,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  // A process's number would not do: programs in two containers may have the same one, and a name that two share lets
  // one put what the other is still writing into place.
  const draft = join(folder, `draft-${randomUUID()}`);
  const file = await open(draft, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, fileMode);
  try {
    await fill(file);
    await file.sync();
    await link(draft, nameOf(folder, generation)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await file.close();
    await unlink(draft).catch(ignoreMissing);
  }
  await syncFolder(folder);
}

/** Removes what compactions that were killed have left. */
export async function removeOldDrafts(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!draftPattern.test(name)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(ignoreMissing);
    if (facts !== undefined && facts.mtimeMs < now - draftAgeMsMax) await unlink(path).catch(ignoreMissing);
  }
}

async function generationsIn(folder: string): Promise<number[]> {
  const generations = (await readdir(folder)).flatMap((name) => {
    const match = namePattern.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
  return generations.sort((a, b) => a - b);
}

const nameOf = (folder: string, generation: number): string =>
  join(folder, `journal-${String(generation).padStart(8, '0')}`);

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Windows cannot sync a folder, and does not need to.
    if (process.platform !== 'win32') throw error;
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
