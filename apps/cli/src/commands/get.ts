/** `holdfast get`: one record by its id, verified, and where it came from. */
import { Option, type Command } from 'commander';
import type { Place, Source } from '@holdfast/client';
import { recordIdValue, usageError } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { bodyText, recordAsJson } from '../output/record-lines.js';

const places: readonly Place[] = ['local', 'dht', 'flood', 'archive'];

export function addGetCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('get')
    .description('print one record')
    .argument('<id>', 'the id of the record', recordIdValue)
    .addOption(
      new Option('--via <places>', 'where it may come from: local, dht, flood, archive').argParser(
        placesValue,
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  holdfast get qPCeDfw1dDKnsgJd9Rbdo7hmMi3MVzn5e3Q5JVDLTvM
  holdfast get qPCeDfw1dDKnsgJd9Rbdo7hmMi3MVzn5e3Q5JVDLTvM --via archive --json
  holdfast get qPCeDfw1dDKnsgJd9Rbdo7hmMi3MVzn5e3Q5JVDLTvM --via dht,flood

local is what waits in the home folder for an archive; dht and flood are other clients, found by the record's place or by
asking around. They are asked where --via names them, or HOLDFAST_OVERLAY is observer or server. Every record is verified, whoever it comes from. Prints its
body; where it came from is said on stderr, and with --json in "source"; in "tried" who was asked.`,
    )
    .action(async (id: string, flags: { via?: readonly Place[] }, command: Command) => {
      const context = contextOf(command);
      const overlay = flags.via?.some(isOfClients) === true ? 'observer' : 'off';
      const { record, source, tried } = await withClient(
        context,
        { identity: 'optional', overlay },
        (client) => client.get(id, { via: flags.via ?? places, signal: context.signal }),
      );
      await context.output.result({ ...recordAsJson(record), source, tried }, bodyText(record.body));
      context.output.remark(`(from ${sourceText(source)})`);
    });
}

const isOfClients = (place: Place): boolean => place === 'dht' || place === 'flood';

function sourceText(source: Source): string {
  switch (source.kind) {
    case 'local':
      return 'the home folder';
    case 'dht':
      return `another client, by ring ${source.ring}`;
    case 'flood':
      return 'another client, by asking around';
    case 'archive':
      return `the archive at ${source.url}`;
  }
}

function placesValue(text: string): readonly Place[] {
  const wanted = text.split(',').map((part) => part.trim());
  const unknown = wanted.find((place) => !isPlace(place));
  if (unknown === undefined) return wanted.filter(isPlace);
  throw usageError(
    `"${unknown.slice(0, 40)}" is no place to get a record from: use local, dht, flood or archive.`,
  );
}

const isPlace = (word: string): word is Place => (places as readonly string[]).includes(word);
