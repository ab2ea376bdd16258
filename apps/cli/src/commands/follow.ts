/** `holdfast follow`: records as archives commit them, until Ctrl-C. */
import { Option, type Command } from 'commander';
import { countValue, usageError } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { recordAsJson, recordLine } from '../output/record-lines.js';
import { filterOf, withFilterOptions, type FilterFlags, type ListFlags } from './filter-options.js';

interface FollowFlags extends FilterFlags, ListFlags {
  readonly limit?: number;
  readonly from?: 'start' | 'now';
  readonly name?: string;
}

export function addFollowCommand(program: Command, contextOf: ContextOf): void {
  withFilterOptions(
    program.command('follow').description('print records as they are published, until Ctrl-C'),
  )
    .option('--limit <n>', 'end after so many', countValue)
    .addOption(
      new Option('--from <where>', 'begin with what is stored already, or with what comes').choices([
        'start',
        'now',
      ]),
    )
    .option('--name <name>', 'keep the place under this name, and go on there the next time')
    .addHelpText(
      'after',
      `
Examples:
  holdfast follow --collection notes
  holdfast follow --topic travel --since 1d
  holdfast follow --author alice --name alices-notes --json

Begins with what is published from now on; with --since, with what is stored and dated since then.
Connections that break are made again, and nothing is left out or printed twice. Ends with status 0 at Ctrl-C.`,
    )
    .action(async ({ limit, from, name, ids, ...flags }: FollowFlags, command: Command) => {
      const context = contextOf(command);
      if (flags.since !== undefined && (name !== undefined || from === 'now')) {
        throw usageError('--since goes neither with --name, which keeps one place, nor with --from now.');
      }
      const filter = await filterOf(flags, context.settings.home);
      const ended = new AbortController();
      let isFollowing = false;
      const options = {
        onCaughtUp: () => {
          if (!isFollowing) context.output.remark('following … (Ctrl-C ends)');
          isFollowing = true;
        },
        signal: AbortSignal.any([context.signal, ended.signal]),
        ...(from === undefined ? {} : { from }),
        ...(name === undefined ? {} : { name }),
      };
      await withClient(
        context,
        {
          identity: name === undefined ? 'optional' : 'required',
          overlay: 'observer',
          saysWaiting: true,
        },
        async (client) => {
          const records = client.follow(filter, options);
          for (let left = limit ?? Infinity; ; left--) {
            // Asking for the next one says that the last one is done with, also when none is wanted any more.
            if (left === 0) ended.abort();
            const next = await records.next();
            if (next.done === true || left === 0) break;
            await context.output.result(recordAsJson(next.value), recordLine(next.value, ids));
          }
        },
      ).catch((error: unknown) => {
        if (!context.signal.aborted) throw error;
      });
    });
}
