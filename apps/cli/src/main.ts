/**
 * One run of the command: reads the command line, does what it says, answers the exit status. Everything that goes
 * wrong becomes one sentence on stderr; only a flaw of ours shows a stack.
 */
import { CommanderError } from 'commander';
import { HoldfastError, type ErrorCode } from '@holdfast/protocol';
import { markIds, mayBeWord } from './arguments/id-words.js';
import type { Surroundings } from './context.js';
import { EndedEarly } from './output/ended-early.js';
import { exitStatus, exitStatusOf } from './output/exit-status.js';
import { Output } from './output/output.js';
import { makeProgram } from './program.js';

/** @param words what was typed behind `holdfast` */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const status: { value: number } = { value: exitStatus.ok };
  const program = makeProgram(surroundings, (value) => (status.value = value));
  try {
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(markIds(words), { from: 'user' });
    return status.value;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitStatus.ok;
    const said = surroundings.signal.aborted ? endedEarly(error) : sayable(error);
    // The flag may stand behind what could not be read, so it is looked for by itself.
    new Output(surroundings, words.includes('--json')).error(said);
    return exitStatusOf(said);
  }
}

/** Whatever a Ctrl-C broke off: that it did is what there is to say. */
const endedEarly = (cause: unknown): HoldfastError =>
  cause instanceof EndedEarly
    ? cause
    : new EndedEarly('Ended before it was done: the same command goes on where that is possible.');

/** What to do about errors of the client, which knows what went wrong but not who asked. */
const advice: Partial<Record<ErrorCode, string>> = {
  'archive-unreachable':
    'check that one runs, or name it with --archive or HOLDFAST_ARCHIVE ("holdfast archive doctor" examines it)',
  'archive-foreign': '--archive URL#ID names one with its id',
  'request-timeout': 'try again, or run "holdfast archive doctor"',
  'recipient-unreachable': 'have them run "holdfast contact show", or name their archive with --archive',
  'in-use': 'end it, or wait until it has ended',
};

function withAdvice(error: HoldfastError): HoldfastError {
  const what = advice[error.code];
  if (what === undefined || error.message.includes('--')) return error;
  const reason = error.message.replace(/\.$/, '');
  const fault = error.code === 'archive-unreachable' ? `No archive could be reached (${reason})` : reason;
  return new HoldfastError(error.code, `${fault}: ${what}.`, error.data, { cause: error });
}

function sayable(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return withAdvice(error);
  if (error instanceof CommanderError) {
    const reason = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    const sentence = error.code === 'commander.help' ? 'a command is missing' : reason.replace(/\.$/, '');
    const option = error.code === 'commander.unknownOption' ? /'(.*)'/.exec(reason)?.[1] : undefined;
    if (option !== undefined && mayBeWord(option)) {
      return new HoldfastError(
        'usage-invalid',
        `${sentence}: if it is an id or a name, put "--" before it, and options before that.`,
      );
    }
    return new HoldfastError('usage-invalid', `${sentence}: run "holdfast help" for what can be said.`);
  }
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new HoldfastError('internal-error', `Something unexpected happened: ${cause}`, {}, { cause: error });
}
