/** What an operator does at an archive, by the command that an operator types, as a process. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ArchiveProcess } from '../archive-process.js';

const program = fileURLToPath(new URL('../../../../apps/cli/bin/holdfast.js', import.meta.url));
const run = promisify(execFile);
/** Ends what hangs. */
const timeoutMs = 120_000;
const outputBytesMax = 16 * 1024 * 1024;

/** `holdfast archive …words`, on the archive's machine. @returns what it has printed; rejects when it fails */
export async function operate(archive: ArchiveProcess, ...words: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [program, 'archive', ...words], {
    env: { ...archive.environment, HOLDFAST_ARCHIVE: archive.url, HOLDFAST_HOME: archive.dataFolder },
    timeout: timeoutMs,
    maxBuffer: outputBytesMax,
  });
  return stdout;
}

/** The same with `--json`. @returns the lines */
export async function operateJson(archive: ArchiveProcess, ...words: string[]): Promise<unknown[]> {
  const printed = await operate(archive, ...words, '--json');
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
