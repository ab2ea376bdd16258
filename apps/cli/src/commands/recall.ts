/** `holdfast recall`: takes back what has not been delivered. */
import type { Command } from 'commander';
import { HoldfastError } from '@holdfast/protocol';
import { wordAsTyped } from '../arguments/id-words.js';
import { timeoutOption } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { exitStatus, type SetExitStatus } from '../output/exit-status.js';
import { within } from '../within.js';
import { printMessage } from './sent-message.js';

export function addRecallCommand(program: Command, contextOf: ContextOf, setExitStatus: SetExitStatus): void {
  program
    .command('recall')
    .description('take a message back that has not been delivered')
    .argument('<message>', 'the id that "holdfast send" printed', wordAsTyped)
    .addOption(timeoutOption('how long to wait for the archives that have it'))
    .addHelpText(
      'after',
      `
Examples:
  holdfast recall 4XNfQqmx0q0bFqC1vYpZDw
  holdfast recall 4XNfQqmx0q0bFqC1vYpZDw --timeout 5m

"recalled" means that an archive that held it has let it go unread, and tells the others; whether somebody is reading
it at this moment nobody can say. Status 1 when a recipient has it already, or no archive that has it could be reached
in time: then every later command tries again, and "holdfast status ID" says how it ended.`,
    )
    .action(async (message: string, { timeout }: { readonly timeout: number }, command: Command) => {
      const context = contextOf(command);
      await withClient(context, { identity: 'required' }, async (client) => {
        const signal = within(context.signal, timeout);
        const status = await client.recall(message, { signal }).catch(async (error: unknown) => {
          if (!(error instanceof HoldfastError) || error.code !== 'aborted' || context.signal.aborted) {
            throw error;
          }
          const { status: reached } = await client.status(message);
          throw new HoldfastError(
            'request-timeout',
            `No archive that has the message let it go within ${timeout} s: it is ${reached}, and later commands try again.`,
            { message, status: reached },
          );
        });
        await printMessage(status, context);
        const isBack = status.crates.every(
          (crate) => crate.status === 'recalled' || crate.status === 'expired',
        );
        if (isBack) return;
        if (status.safe) context.output.remark('It cannot be taken back from somebody who has it already.');
        setExitStatus(exitStatus.failed);
      });
    });
}
