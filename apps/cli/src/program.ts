/** The tree of commands, with the flags that all of them take. */
import { Command } from 'commander';
import { addArchiveCommands } from './commands/archive.js';
import { addContactCommands } from './commands/contact.js';
import { addFollowCommand } from './commands/follow.js';
import { addGetCommand } from './commands/get.js';
import { addHelpCommand } from './commands/help.js';
import { addIdCommands } from './commands/id.js';
import { addImportCommands } from './commands/import.js';
import { addInboxCommand } from './commands/inbox.js';
import { addOverlayCommand } from './commands/overlay.js';
import { addPublishCommand } from './commands/publish.js';
import { addQueryCommand } from './commands/query.js';
import { addRecallCommand } from './commands/recall.js';
import { addResendCommand } from './commands/resend.js';
import { addRetractCommand } from './commands/retract.js';
import { addSendCommand } from './commands/send.js';
import { addStatusCommand } from './commands/status.js';
import { contextMaker, type Surroundings } from './context.js';
import type { SetExitStatus } from './output/exit-status.js';
import { readOperatorSettings } from './settings.js';
import { version } from './version.js';

export function makeProgram(surroundings: Surroundings, setExitStatus: SetExitStatus): Command {
  const program = new Command('holdfast')
    .description('Publishing and messaging without a centre: thin clients drift, archives hold.')
    .version(version, '-V, --version', 'print the version')
    .option(
      '--archive <urls>',
      'archives to use, comma-separated, each as URL or URL#ID (HOLDFAST_ARCHIVE, else http://127.0.0.1:7070)',
    )
    .option('--home <folder>', 'where the identity and the local store are (HOLDFAST_HOME, else ~/.holdfast)')
    .option('--json', 'print JSON lines')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void surroundings.stdout.write(text),
      // What went wrong is said once, by main.ts.
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText('after', helpForNewcomers);
  const contextOf = contextMaker(surroundings);
  addIdCommands(program, contextOf);
  addPublishCommand(program, contextOf);
  addGetCommand(program, contextOf);
  addRetractCommand(program, contextOf);
  addQueryCommand(program, contextOf);
  addFollowCommand(program, contextOf);
  addContactCommands(program, contextOf);
  addSendCommand(program, contextOf);
  addInboxCommand(program, contextOf);
  addStatusCommand(program, contextOf, setExitStatus);
  addRecallCommand(program, contextOf, setExitStatus);
  addResendCommand(program, contextOf);
  addOverlayCommand(program, contextOf, setExitStatus);
  addImportCommands(program, contextOf, setExitStatus);
  addArchiveCommands(program, contextMaker(surroundings, readOperatorSettings), setExitStatus);
  addHelpCommand(program);
  return program;
}

const helpForNewcomers = `
Examples:
  holdfast id new
  holdfast publish "hello, world" --collection notes
  holdfast query --collection notes --since 1h
  holdfast follow --collection notes --json
  holdfast help send

Exit status: 0 done, 1 failed, 2 the command was not understood, 4 not authorised (also: no identity yet).
follow and inbox --watch go on until Ctrl-C, and then end with 0.
HOLDFAST_OVERLAY=off|observer|server says whether commands find and share records among other clients: follow and
inbox --watch do as observers when it says nothing, other commands only where they are asked to.`;
