/** `holdfast query`: records by author, collection, key, topic, time and words, newest first. */
import type { Command } from 'commander';
import { limits } from '@holdfast/protocol';
import { countValue, sinceValue } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { recordAsJson, recordLine } from '../output/record-lines.js';
import { filterOf, withFilterOptions, type FilterFlags, type ListFlags } from './filter-options.js';

interface QueryFlags extends FilterFlags, ListFlags {
  readonly until?: number;
  readonly q?: string;
  readonly limit: number;
}

export function addQueryCommand(program: Command, contextOf: ContextOf): void {
  withFilterOptions(program.command('query').description('list records, newest first'))
    .option('--until <when>', 'dated until then', sinceValue)
    .option('--q <words>', 'with these words in the body ("a phrase", or, -not)')
    .option('--limit <n>', 'at most so many', countValue, limits.queryLimitDefault)
    .addHelpText(
      'after',
      `
Examples:
  holdfast query --collection notes
  holdfast query --author me --since 1h --limit 10
  holdfast query --collection mail --q "full text -spam" --json
  holdfast query --collection places --key today --history --ids

One line a record: time (UTC), author, collection, key, and the first line of the body; --ids adds the id,
and --json prints whole records.`,
    )
    .action(async ({ limit, ids, ...flags }: QueryFlags, command: Command) => {
      const context = contextOf(command);
      const filter = {
        ...(await filterOf(flags, context.settings.home)),
        limit: Math.min(limit, limits.queryLimitMax),
      };
      await withClient(context, { identity: 'optional' }, async (client) => {
        let left = limit;
        for await (const record of client.queryAll(filter, { signal: context.signal })) {
          await context.output.result(recordAsJson(record), recordLine(record, ids));
          if (--left === 0) break;
        }
      });
    });
}
