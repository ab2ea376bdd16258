/**
 * Files that only their owner may read. They are written whole beside their place and linked or moved into it, so that
 * nobody ever meets half a file, and checked before they are read: a key that others could read is not used.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { HoldfastError } from '@holdfast/protocol';

export const unusableHome = (sentence: string, cause?: unknown): HoldfastError =>
  new HoldfastError('home-invalid', sentence, {}, { cause });

/** Makes the folder (0700) when it is missing, and refuses one that others can write into: it could be swapped. */
export async function openPrivateFolder(path: string): Promise<void> {
  let mode: number;
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    mode = (await stat(path)).mode;
  } catch (cause) {
    throw unusableHome(
      `The folder ${path} cannot be used (${reason(cause)}): name another one with --home or HOLDFAST_HOME.`,
      cause,
    );
  }
  if (hasPermissions && (mode & 0o022) !== 0) {
    throw unusableHome(
      `The folder ${path} can be written by others: run "chmod 700 ${path}", or name another one with --home.`,
    );
  }
}

/** The text, or undefined when there is no such file. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if (hasPermissions && (mode & 0o077) !== 0) {
      throw unusableHome(
        `The key file ${path} can be read by others: run "chmod 600 ${path}", and make a new identity if somebody may have copied it.`,
      );
    }
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusableHome(`The file ${path} cannot be read (${reason(cause)}): check who owns it.`, cause);
  }
}

/** @returns false when the file exists already and `replace` is false: then nothing was changed */
export async function writePrivateFile(path: string, text: string, replace: boolean): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replace) {
      await rename(draft, path);
      return true;
    }
    // A link, unlike a rename, fails when somebody else was faster.
    await link(draft, path);
    await unlink(draft);
    return true;
  } catch (cause) {
    await unlink(draft).catch(() => undefined);
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unusableHome(
      `The file ${path} cannot be written (${reason(cause)}): check who owns the folder.`,
      cause,
    );
  }
}

/** Windows has no mode bits; what a user's profile folder contains is private there. */
const hasPermissions = process.platform !== 'win32';

const reason = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause);
