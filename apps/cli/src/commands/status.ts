/** `holdfast status`: how far a message has come, and waiting for it to come further. */
import { Option, type Command } from 'commander';
import type { Client, MessageStatus, WaitableStatus } from '@holdfast/client';
import { HoldfastError } from '@holdfast/protocol';
import { wordAsTyped } from '../arguments/id-words.js';
import { timeoutOption } from '../arguments/option-values.js';
import { withClient, type Context, type ContextOf } from '../context.js';
import { cliLimits } from '../limits.js';
import { exitStatus, type SetExitStatus } from '../output/exit-status.js';
import { printMessage } from './sent-message.js';
import { within } from '../within.js';

interface StatusFlags {
  readonly wait?: Exclude<WaitableStatus, 'accepted'>;
  readonly timeout: number;
}

export function addStatusCommand(program: Command, contextOf: ContextOf, setExitStatus: SetExitStatus): void {
  program
    .command('status')
    .description('print how far a message has come')
    .argument('<message>', 'the id that "holdfast send" printed', wordAsTyped)
    .addOption(
      new Option('--wait <status>', 'wait until it has come so far').choices(['durable', 'delivered']),
    )
    .addOption(timeoutOption('how long to wait'))
    .addHelpText(
      'after',
      `
Examples:
  holdfast status 4XNfQqmx0q0bFqC1vYpZDw
  holdfast status 4XNfQqmx0q0bFqC1vYpZDw --wait durable
  holdfast status 4XNfQqmx0q0bFqC1vYpZDw --wait delivered --timeout 1h

local: it waits in the home folder. accepted: one archive has stored it. durable: as many archives as were wanted, or
as are known, have signed that they hold it. delivered: the recipient has opened it and proved so. expired, recalled
and discarded are ends without that proof: "holdfast resend ID" sends it again. safe: one of several recipients has it.
Below it, for each recipient: which archives hold it, which are still to have it, through which archive if that is not
done from here, and when that is tried again. All times are UTC.
Status 1 when it did not come so far as --wait says.`,
    )
    .action(async (message: string, flags: StatusFlags, command: Command) => {
      const context = contextOf(command);
      await withClient(context, { identity: 'required' }, async (client) => {
        if (flags.wait === undefined) return reportNow(client, message, context);
        const status = await statusAfterWaiting(client, message, flags.wait, flags.timeout, context);
        await printMessage(status, context);
        const isThere = status.status === 'delivered' || status.status === flags.wait;
        if (!isThere) setExitStatus(exitStatus.failed);
      });
    });
}

/** What the archives say now; when none that has the message can be asked, what is known. */
async function reportNow(client: Client, message: string, context: Context): Promise<void> {
  const signal = within(context.signal, cliLimits.statusSecondsMax);
  // One that no archive has yet is brought there first, when that can be done.
  if ((await client.status(message)).status === 'local') {
    const accepted = client.waitForStatus(message, 'accepted', { signal });
    await Promise.race([accepted, client.tried({ signal })]).catch(() => undefined);
  }
  const { status, isFresh } = await client.askStatus(message, { signal });
  await printMessage({ ...status, isFresh }, context);
  if (isFresh) return;
  context.output.remark(
    status.status === 'local'
      ? 'No archive has taken it yet: it goes on with the next command that reaches one.'
      : 'No archive that has it could be asked now.',
  );
}

async function statusAfterWaiting(
  client: Client,
  message: string,
  wait: NonNullable<StatusFlags['wait']>,
  timeout: number,
  context: Context,
): Promise<MessageStatus> {
  const known = await client.status(message);
  if (known.status === 'delivered') return known;
  return client
    .waitForStatus(message, wait, { signal: within(context.signal, timeout) })
    .catch(async (error: unknown) => {
      if (!(error instanceof HoldfastError) || error.code !== 'aborted' || context.signal.aborted)
        throw error;
      const { status } = await client.status(message);
      throw new HoldfastError(
        'request-timeout',
        `The message is still ${status} after ${timeout} s: wait longer with --timeout, or ask again later; "holdfast status ${message}" says what is pending.`,
        { message, status },
      );
    });
}
