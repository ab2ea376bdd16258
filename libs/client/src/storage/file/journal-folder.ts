/**
 * The files of a file storage: `journal-<generation>`, of which the highest counts. A generation comes into being
 * whole, under its final name, by a link that fails when somebody else was first. Whoever opens it removes all others,
 * and every draft of one: nothing that it lacks is in the folder then, or can come back to it.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const namePattern = /^journal-(\d{8})$/;
const draftPattern = /^draft-/;
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
    const generation = await newestIn(folder);
    if (generation === 0) {
      await createGeneration(folder, 1, async () => undefined);
      continue;
    }
    // Without O_CREAT: a generation that was removed meanwhile must not come back empty.
    const file = await open(nameOf(folder, generation), constants.O_RDWR | constants.O_APPEND).catch(
      ignoreMissing,
    );
    if (file === undefined) continue;
    await removeOthers(folder, generation);
    return { generation, file };
  }
}

/**
 * Writes a generation and puts it under its name; does nothing when somebody else has made it or a later one. Once it
 * is there, it is on disk.
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
    // The draft is in the folder before this looks: whoever makes a later generation from now on sees and removes it.
    if ((await newestIn(folder)) >= generation) return;
    await fill(file);
    await file.sync();
    await link(draft, nameOf(folder, generation)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
    });
  } finally {
    await file.close();
    await unlink(draft).catch(ignoreMissing);
  }
  await syncFolder(folder);
}

/**
 * Removes drafts first: one that is put into place meanwhile is seen as a generation after that. Whoever still writes
 * one finds that it cannot be put into place, and looks for the newest generation again.
 */
async function removeOthers(folder: string, newest: number): Promise<void> {
  let removed = 0;
  const remove = async (path: string): Promise<void> => {
    await unlink(path).catch(ignoreMissing);
    removed++;
  };
  for (const name of await readdir(folder)) if (draftPattern.test(name)) await remove(join(folder, name));
  for (const other of await generationsIn(folder)) if (other < newest) await remove(nameOf(folder, other));
  if (removed > 0) await syncFolder(folder);
}

async function newestIn(folder: string): Promise<number> {
  return Math.max(0, ...(await generationsIn(folder)));
}

async function generationsIn(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const match = namePattern.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
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
