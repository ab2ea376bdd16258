/** `holdfast retract`: takes back a record of one's own: archives keep no more than that it was there. */
import type { Command } from 'commander';
import type { Client } from '@holdfast/client';
import { HoldfastError, systemCollections } from '@holdfast/protocol';
import { recordIdValue, timeoutOption } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { within } from '../within.js';
import { stillWaiting } from './publish.js';

export function addRetractCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('retract')
    .description('take back a record of yours')
    .argument('<id>', 'the id of the record', recordIdValue)
    .addOption(timeoutOption('how long to wait for an archive'))
    .addHelpText(
      'after',
      `
Examples:
  holdfast retract qPCeDfw1dDKnsgJd9Rbdo7hmMi3MVzn5e3Q5JVDLTvM

Publishes a record that says so, and prints its id. Every archive that comes to hold it stops handing out what was
retracted; others may have kept a copy, and nothing can take that away. It cannot be undone.`,
    )
    .action(async (id: string, { timeout }: { timeout: number }, command: Command) => {
      const context = contextOf(command);
      const signal = within(context.signal, timeout);
      const receipt = await withClient(
        context,
        { identity: 'required', saysWaiting: true },
        async (client) => {
          await requireOwn(client, id, signal);
          const draft = { collection: systemCollections.retractions, refs: [id], body: '' };
          return client.publish(draft, { signal }).catch((error: unknown) => {
            throw stillWaiting(error, context.signal, 'The retraction waits in the home folder');
          });
        },
      );
      await context.output.result(receipt, receipt.id);
    });
}

/** What cannot be found now may be retracted all the same: the retraction applies whenever the record comes. */
async function requireOwn(client: Client, id: string, signal: AbortSignal): Promise<void> {
  const found = await client.get(id, { signal }).catch(() => undefined);
  if (found === undefined) return;
  if (found.record.author !== client.author) {
    throw new HoldfastError(
      'not-authorised',
      'The record is by somebody else: only its author can retract it.',
    );
  }
  if (found.record.collection === systemCollections.retractions) {
    throw new HoldfastError(
      'record-payload-invalid',
      'The record is a retraction: these cannot be retracted.',
    );
  }
}
