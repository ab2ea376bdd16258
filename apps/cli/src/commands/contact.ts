/** `holdfast contact show|add|list|receipts`: cards that people give each other, and the address book of this home folder. */
import { Argument, type Command } from 'commander';
import { wordAsTyped } from '../arguments/id-words.js';
import { timeoutSecondsDefault } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { formatContactCard, parseContactCard } from '../home/contact-card.js';
import { addContact, contactName, listContacts, setReceipts } from '../home/contacts.js';
import { within } from '../within.js';
import { stillWaiting } from './publish.js';

export function addContactCommands(program: Command, contextOf: ContextOf): void {
  const contact = program.command('contact').description('give out your card, keep the cards of others');
  contact
    .command('show')
    .description('print your card, and make sure that a mailbox is open for whoever writes to you')
    .addHelpText(
      'after',
      `
Examples:
  holdfast contact show
  holdfast contact show --archive https://archive.example

The card names you and the archives where your mailbox is: name them by addresses that others can reach.`,
    )
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const { archives } = context.settings;
      await withClient(context, { identity: 'required' }, async (client) => {
        const signal = within(context.signal, timeoutSecondsDefault);
        const { mailbox } = await client.openMailbox({ signal }).catch((error: unknown) => {
          throw stillWaiting(error, context.signal, 'The mailbox has been made');
        });
        const author = client.author!;
        const card = formatContactCard({ author, archives });
        await context.output.result({ card, author, archives, mailbox }, card);
      });
    });
  contact
    .command('add')
    .description('keep the card of somebody else')
    .argument('<card>', 'what "holdfast contact show" printed there', wordAsTyped)
    .argument('[name]', 'what to call them here (default: the beginning of their key)', wordAsTyped)
    .addHelpText(
      'after',
      '\nExamples:\n  holdfast contact add "holdfast:8t…Q0?archive=https%3A%2F%2Farchive.example" alice',
    )
    .action(async (cardText: string, nameText: string | undefined, _options: object, command: Command) => {
      const { settings, output } = contextOf(command);
      const card = parseContactCard(cardText);
      const name = contactName(nameText ?? nameFor(card.author));
      await addContact(settings.home, { name, ...card });
      await output.result({ name, ...card }, name);
    });
  contact
    .command('list')
    .description('print who is kept here')
    .addHelpText('after', '\nExamples:\n  holdfast contact list\n  holdfast contact list --json')
    .action(async (_options: object, command: Command) => {
      const { settings, output } = contextOf(command);
      for (const { name, author, archives, receipts = true } of await listContacts(settings.home)) {
        const words = [name, author, archives.join(','), ...(receipts ? [] : ['no receipts'])];
        await output.result({ name, author, archives, receipts }, words.join('  '));
      }
    });
  contact
    .command('receipts')
    .description('say whether a contact learns that you opened their messages')
    .argument('<name>', 'what they are called here', wordAsTyped)
    .addArgument(new Argument('<on|off>', 'whether they learn it').choices(['on', 'off']))
    .addHelpText(
      'after',
      `
Examples:
  holdfast contact receipts alice off
  holdfast contact receipts alice on

Without receipts their messages are discarded by your mailbox's signature once you have them: the archives let them go,
and the sender sees "discarded" and has no proof that they were opened.`,
    )
    .action(async (name: string, word: string, _options: object, command: Command) => {
      const { settings, output } = contextOf(command);
      const { author, receipts } = await setReceipts(settings.home, name, word === 'on');
      await output.result({ name, author, receipts }, `${name}  receipts ${word}`);
    });
}

const nameFor = (author: string): string => author.replace(/[-_]/g, '').slice(0, 8).toLowerCase();
