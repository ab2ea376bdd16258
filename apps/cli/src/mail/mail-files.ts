/** Walks the files and folders that an import was given, in an order that does not depend on the file system. */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cliLimits } from '../limits.js';
import { refusedMail, type MailRefusal } from './mail-refusal.js';

export interface MailFile {
  readonly file: string;
  /** Named by the caller rather than met in a folder, where other files may lie beside the mails. */
  readonly isNamed: boolean;
}

export async function* walkMailFiles(paths: readonly string[]): AsyncGenerator<MailFile | MailRefusal> {
  for (const path of [...new Set(paths)].sort()) yield* walk(path, true, 0);
}

async function* walk(path: string, isNamed: boolean, depth: number): AsyncGenerator<MailFile | MailRefusal> {
  const refuse = (detail: string) => refusedMail({ file: path, offset: 0 }, 'file-unreadable', detail);
  try {
    const found = await stat(path);
    if (found.isFile()) {
      yield { file: path, isNamed };
    } else if (!found.isDirectory()) {
      yield refuse('It is neither a file nor a folder.');
    } else if (depth >= cliLimits.folderDepthMax) {
      yield refuse(`Folders may be ${cliLimits.folderDepthMax} deep.`);
    } else if (!isNamed && (await lstat(path)).isSymbolicLink()) {
      // It may lead in a circle.
      yield refuse('It is a link to a folder: name the folder itself to import it.');
    } else {
      for (const name of (await readdir(path)).sort()) yield* walk(join(path, name), false, depth + 1);
    }
  } catch (error) {
    yield refuse(reasonOf(error));
  }
}

/** A sentence for what the file system says. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'There is no such file or folder.';
  if (code === 'EACCES' || code === 'EPERM') return 'You may not read it: check its permissions.';
  return `It cannot be read: ${message}.`;
}
