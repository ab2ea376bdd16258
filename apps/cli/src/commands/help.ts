/** `holdfast help [command...]`: the help of any command, also of one within a command, such as `help import mail`. */
import type { Command } from 'commander';
import { usageError } from '../arguments/option-values.js';

export function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('print the help of a command')
    .argument('[command...]', 'its words, such as: import mail')
    .addHelpText('after', '\nExamples:\n  holdfast help send\n  holdfast help import mail')
    .action((words: readonly string[]) => {
      let command = program;
      for (const word of words) {
        const next = command.commands.find((one) => one.name() === word);
        if (next === undefined) throw usageError(`There is no command "${words.join(' ').slice(0, 80)}".`);
        command = next;
      }
      command.outputHelp();
    });
}
