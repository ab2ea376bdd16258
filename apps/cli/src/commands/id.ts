/** `holdfast id new|show`: the key pair that publishes, sends and receives. */
import type { Command } from 'commander';
import { requireIdentity, identityFile, makeIdentity } from '../home/identity.js';
import type { ContextOf } from '../context.js';

export function addIdCommands(program: Command, contextOf: ContextOf): void {
  const id = program.command('id').description('make or show the identity of this home folder');
  id.command('new')
    .description('make an identity: an Ed25519 key pair that only this folder has')
    .addHelpText(
      'after',
      `
Examples:
  holdfast id new
  holdfast id new --home ~/work-identity

The key is kept in identity.json, readable for you alone. There is no other copy: back it up.
An identity that is there already is never replaced.`,
    )
    .action(async (_options: object, command: Command) => {
      const { settings, output } = contextOf(command);
      const { publicKey: author } = await makeIdentity(settings.home);
      const file = identityFile(settings.home);
      await output.result({ author, file }, author);
      output.remark(`This is you. The key is in ${file}, and nowhere else: back it up.`);
    });
  id.command('show')
    .description('print the identity: the public key that others know you by')
    .addHelpText('after', '\nExamples:\n  holdfast id show\n  holdfast id show --json')
    .action(async (_options: object, command: Command) => {
      const { settings, output } = contextOf(command);
      const { x: author } = await requireIdentity(settings.home);
      await output.result({ author, file: identityFile(settings.home) }, author);
    });
}
