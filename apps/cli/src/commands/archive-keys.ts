/** `holdfast archive keys list|rotate`: the keys with which the archive of this machine signs what it says to others. */
import type { Command } from 'commander';
import { HoldfastError, verifyEndorsements } from '@holdfast/protocol';
import type { ContextOf } from '../context.js';
import { cliLimits } from '../limits.js';
import { OperatorDoor } from '../operator/operator-door.js';
import { within } from '../within.js';

export function addKeysCommands(archive: Command, contextOf: ContextOf): void {
  const keys = archive.command('keys').description("show the archive's keys, and make a further one");
  keys
    .command('list')
    .description('print the keys of an archive, the newest last')
    .addHelpText(
      'after',
      `
Examples:
  holdfast archive keys list
  holdfast archive keys list --archive https://archive.example --json

The first one is the archive's id and stays it. Each further one is endorsed by the one before it, which is checked.`,
    )
    .action(async (_options: object, command: Command) => {
      const { settings, output, signal } = contextOf(command);
      const url = settings.archives[0]!.replace(/\/+$/, '');
      const all = await readKeys(url, signal);
      for (const [index, key] of all.entries()) {
        const isNewest = index === all.length - 1;
        const use = index === 0 ? (isNewest ? 'id, signs' : 'id') : isNewest ? 'signs' : 'former';
        await output.result({ key, use }, `${key}  ${use}`);
      }
    });
  keys
    .command('rotate')
    .description('make a further key, which signs from now on')
    .addHelpText(
      'after',
      `
Examples:
  holdfast archive keys rotate
  docker compose exec archive holdfast archive keys rotate

The archive keeps its id, its links and its promises. Other archives learn of the new key by themselves. Run it where the
archive runs, with its DATABASE_URL or HOLDFAST_DATA. --json prints all keys.`,
    )
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const rotated = await (await OperatorDoor.open(context)).rotateKey();
      await context.output.result(rotated, `${rotated.key}  signs`);
    });
}

async function readKeys(url: string, ended: AbortSignal): Promise<readonly string[]> {
  const signal = within(ended, cliLimits.doctorAnswerMsMax / 1000);
  const answer = await fetch(`${url}/.well-known/jwks.json`, { signal, redirect: 'manual' }).catch(
    (cause) => {
      throw new HoldfastError('archive-unreachable', `Nobody answers at ${url}.`, {}, { cause });
    },
  );
  const { keys } = ((await answer.json().catch(() => undefined)) ?? {}) as {
    keys?: readonly { kid?: string; endorsement?: string }[];
  };
  const [id, ...later] = Array.isArray(keys) ? keys : [];
  const endorsements = later.map(({ endorsement }) => String(endorsement));
  const verified = await verifyEndorsements(String(id?.kid), endorsements);
  if (id === undefined || !verified.ok) {
    throw new HoldfastError('answer-invalid', `The keys that ${url} shows do not endorse one another.`);
  }
  return verified.value;
}
