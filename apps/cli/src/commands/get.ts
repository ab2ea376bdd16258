/** `holdfast get`: one record by its id, verified, and where it came from. */
import { Option, type Command } from 'commander';
import type { Place } from '@holdfast/client';
import { recordIdValue, usageError } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { bodyText, recordAsJson } from '../output/record-lines.js';

/** The places that this version can ask. DESIGN has dht and flood beside them. */
const places: readonly Place[] = ['local', 'archive'];

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

local is what waits in the home folder for an archive. Every record is verified, whoever it comes from. Prints its
body; where it came from is said on stderr, and with --json in "source".`,
    )
    .action(async (id: string, flags: { via?: readonly Place[] }, command: Command) => {
      const context = contextOf(command);
      const { record, source } = await withClient(context, { identity: 'optional' }, (client) =>
        client.get(id, { via: flags.via ?? places, signal: context.signal }),
      );
      await context.output.result({ ...recordAsJson(record), source }, bodyText(record.body));
      context.output.remark(
        `(from ${source.kind === 'local' ? 'the home folder' : `the archive at ${source.url}`})`,
      );
    });
}

function placesValue(text: string): readonly Place[] {
  const wanted = text.split(',').map((part) => part.trim());
  const unknown = wanted.find((place) => !isPlace(place));
  if (unknown === undefined) return wanted.filter(isPlace);
  throw usageError(
    `"${unknown.slice(0, 40)}" is no place to get a record from in this version: use local or archive.`,
  );
}

const isPlace = (word: string): word is Place => (places as readonly string[]).includes(word);
