/** `holdfast get`: one record by its id, verified, and where it came from. */
import { Option, type Command } from 'commander';
import { HoldfastError } from '@holdfast/protocol';
import { recordIdValue, usageError } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { bodyText, recordAsJson } from '../output/record-lines.js';

/** The places that this version can ask. DESIGN has dht and flood beside them. */
const places = ['local', 'archive'] as const;

export function addGetCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('get')
    .description('print one record')
    .argument('<id>', 'the id of the record', recordIdValue)
    .addOption(new Option('--via <places>', 'where it may come from: local, archive').argParser(placesValue))
    .addHelpText(
      'after',
      `
Examples:
  holdfast get qPCeDfw1dDKnsgJd9Rbdo7hmMi3MVzn5e3Q5JVDLTvM
  holdfast get qPCeDfw1dDKnsgJd9Rbdo7hmMi3MVzn5e3Q5JVDLTvM --via archive --json

Every record is verified, whoever it comes from. Prints its body; where it came from is said on stderr, and with
--json in "source".`,
    )
    .action(async (id: string, flags: { via?: readonly string[] }, command: Command) => {
      const context = contextOf(command);
      const via = flags.via ?? places;
      // An empty store has no answer of its own.
      const use = { identity: 'optional', isStoreEmpty: !via.includes('local') } as const;
      const { record, source } = await withClient(context, use, (client) =>
        client.get(id, { signal: context.signal }),
      );
      if (!via.includes(source.kind)) {
        throw new HoldfastError(
          'record-not-found',
          'The record is not in the local store: try --via archive.',
        );
      }
      await context.output.result({ ...recordAsJson(record), source }, bodyText(record.body));
      context.output.remark(
        `(from ${source.kind === 'local' ? 'the local store' : `the archive at ${source.url}`})`,
      );
    });
}

function placesValue(text: string): readonly string[] {
  const wanted = text.split(',').map((part) => part.trim());
  const unknown = wanted.find((place) => !(places as readonly string[]).includes(place));
  if (unknown === undefined) return wanted;
  throw usageError(
    `"${unknown.slice(0, 40)}" is no place to get a record from in this version: use local or archive.`,
  );
}
