/** `holdfast archive start|doctor|peers|keys`: running an archive on this machine, and finding out why one does not run. */
import type { Command } from 'commander';
import { wordAsTyped } from '../arguments/id-words.js';
import type { ContextOf } from '../context.js';
import { addKeysCommands } from './archive-keys.js';
import { addPeersCommands } from './archive-peers.js';
import { exitStatus, type SetExitStatus } from '../output/exit-status.js';

export function addArchiveCommands(
  program: Command,
  contextOf: ContextOf,
  setExitStatus: SetExitStatus,
): void {
  const archive = program.command('archive').description('run an archive on this machine, and examine it');
  archive
    .command('start')
    .description('run an archive until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  holdfast archive start
  HOLDFAST_PORT=7171 HOLDFAST_DATA=~/holdfast-data holdfast archive start
  DATABASE_URL=postgresql://holdfast:secret@db/holdfast holdfast archive start

Without DATABASE_URL it brings its own PostgreSQL, with its data in ./data. Unlike npm start it installs and builds
nothing. Ctrl-C stops it in order.`,
    )
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const { startArchive } = await import('../archive-process.js');
      setExitStatus(await startArchive(context));
    });
  archive
    .command('doctor')
    .description('examine an archive step by step, and say what to do about each fault')
    .option('--peer <id>', 'compare with this peer: its id, the beginning of it, or its URL', wordAsTyped)
    .addHelpText(
      'after',
      `
Examples:
  holdfast archive doctor
  holdfast archive doctor --archive https://archive.example
  HOLDFAST_PORT=7171 HOLDFAST_DATA=~/holdfast-data holdfast archive doctor
  holdfast archive doctor --peer https://other.example
  holdfast archive doctor --json

Looks at the settings, the database and the disk when the archive is on this machine, and at its doors from outside
in any case. Without --archive it is the one that listens where HOLDFAST_PORT says. With --peer it compares the records
with those of that peer and names what differs. At the end it prints a text without secrets that can be copied into a
question. Status 1 when a step fails.`,
    )
    .action(async ({ peer }: { peer?: string }, command: Command) => {
      const context = contextOf(command);
      const { examineArchive } = await import('../doctor/doctor.js');
      if (!(await examineArchive(context, peer))) setExitStatus(exitStatus.failed);
    });
  addPeersCommands(archive, contextOf);
  addKeysCommands(archive, contextOf);
}
