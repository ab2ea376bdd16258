/** The people of the tests: each uses the command with a home folder of their own, which goes when they leave. */
import type { ArchiveProcess } from '@holdfast/testing';
import { makeCommand, type Command } from './command.js';

export class People {
  readonly #commands: Command[] = [];

  /** Somebody without an identity, who can only read. */
  reader(archive: ArchiveProcess): Command {
    const command = makeCommand(archive.url);
    this.#commands.push(command);
    return command;
  }

  /** Somebody who has just made an identity. */
  async newcomer(archive: ArchiveProcess): Promise<Command> {
    const command = this.reader(archive);
    await command.json('id', 'new');
    return command;
  }

  leaveAll(): void {
    for (const command of this.#commands.splice(0)) command.remove();
  }
}

/** What they give to others, so that these can write to them; their mailbox is open then. */
export const cardOf = async (command: Command): Promise<string> =>
  (await command('contact', 'show')).stdout.trim();

/** The public key of their identity. */
export const authorOf = async (command: Command): Promise<string> =>
  String((await command.json('id', 'show'))[0]!['author']);
