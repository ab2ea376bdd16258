/** `holdfast publish`: one text becomes one signed record, and is done when an archive has promised to keep it. */
import type { Command } from 'commander';
import { HoldfastError } from '@holdfast/protocol';
import { collectionValue, keyValue, timeoutOption, topicValues } from '../arguments/option-values.js';
import { readText } from '../arguments/text-argument.js';
import { EndedEarly } from '../output/ended-early.js';
import { withClient, type ContextOf } from '../context.js';
import { within } from '../within.js';

interface PublishFlags {
  readonly collection: string;
  readonly key?: string;
  readonly topic?: readonly string[];
  readonly timeout: number;
}

export function addPublishCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('publish')
    .description('publish a text as a signed record')
    .argument('[text]', 'the text, or - for stdin')
    .requiredOption('--collection <name>', 'the series of yours that it belongs to', collectionValue)
    .option('--key <key>', 'name the thing that this is a revision of: queries show the newest', keyValue)
    .option('--topic <topic>', 'a topic to be found by; may stand several times', topicValues)
    .addOption(timeoutOption('how long to wait for an archive'))
    .addHelpText(
      'after',
      `
Examples:
  holdfast publish "hello, world" --collection notes
  holdfast publish "at the harbour" --collection places --key today --topic travel
  date | holdfast publish - --collection log

Prints the id of the record once an archive has stored it for good. When no archive answers in time the record
waits in the home folder, and the next command that reaches one brings it there.`,
    )
    .action(async (argument: string | undefined, flags: PublishFlags, command: Command) => {
      const context = contextOf(command);
      const { timeout, topic: topics, ...named } = flags;
      const body = await readText(argument, context.surroundings);
      const draft = {
        collection: named.collection,
        ...(named.key === undefined ? {} : { key: named.key }),
        ...(topics === undefined ? {} : { topics }),
        body,
      };
      const receipt = await withClient(context, { identity: 'required', saysWaiting: true }, (client) =>
        client.publish(draft, { signal: within(context.signal, timeout) }).catch((error: unknown) => {
          const isKept = error instanceof HoldfastError && error.data['record'] !== undefined;
          throw isKept ? stillWaiting(error, context.signal, 'The record waits in the home folder') : error;
        }),
      );
      await context.output.result(receipt, receipt.id);
      if (receipt.status === 'retracted') {
        context.output.remark('You have retracted this record: the archive keeps only that it was there.');
      }
    });
}

/** When the time is over, or the caller has ended it: nothing is lost, and nothing is to be done again. */
export function stillWaiting(error: unknown, signal: AbortSignal, whatWaits: string): unknown {
  if (!(error instanceof HoldfastError) || error.code !== 'aborted') return error;
  if (signal.aborted) {
    return new EndedEarly(
      `Ended before an archive had answered. ${whatWaits}, and the next command that reaches an archive brings it there: do not send it again.`,
      error.data,
    );
  }
  return new HoldfastError(
    'archive-unreachable',
    `No archive answered in time. ${whatWaits}, and the next command that reaches an archive brings it there: check that one runs, or name it with --archive.`,
    error.data,
  );
}
