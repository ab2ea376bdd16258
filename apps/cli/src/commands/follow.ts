/** `holdfast follow`: records as archives commit them, until Ctrl-C. */
import { Option, type Command } from 'commander';
import { countValue } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { recordAsJson, recordLine } from '../output/record-lines.js';
import { filterOf, withFilterOptions, type FilterFlags } from './filter-options.js';

interface FollowFlags extends FilterFlags {
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
    .action(async ({ limit, from, name, ...flags }: FollowFlags, command: Command) => {
      const context = contextOf(command);
      const filter = await filterOf(flags, context.settings.home);
      await withClient(
        context,
        { identity: name === undefined ? 'optional' : 'required' },
        async (client) => {
          const records = client.follow(filter, {
            signal: context.signal,
            from: from ?? (flags.since === undefined ? 'now' : 'start'),
            ...(name === undefined ? {} : { name }),
          });
          let left = limit ?? Infinity;
          for await (const record of records) {
            await context.output.result(recordAsJson(record), recordLine(record));
            if (--left === 0) break;
          }
        },
      ).catch((error: unknown) => {
        if (!context.signal.aborted) throw error;
      });
    });
}
