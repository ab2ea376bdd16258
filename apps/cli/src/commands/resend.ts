/** `holdfast resend`: a message that ended without delivery, sent again to those who have not got it. */
import type { Command } from 'commander';
import { wordAsTyped } from '../arguments/id-words.js';
import { timeoutOption } from '../arguments/option-values.js';
import { withClient, type Context, type ContextOf } from '../context.js';
import { listContacts } from '../home/contacts.js';
import { within } from '../within.js';
import { nothingSent, reportSent } from './send.js';
import { printMessageLine } from './sent-message.js';

export function addResendCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('resend')
    .description('send a message again to those who have not got it')
    .argument('<message>', 'the id that "holdfast send" printed', wordAsTyped)
    .addOption(timeoutOption('how long to wait for an archive'))
    .addHelpText(
      'after',
      `
Examples:
  holdfast resend 4XNfQqmx0q0bFqC1vYpZDw

For messages that "holdfast status ID" shows as expired, recalled or discarded: the same message in new crates, to those
recipients of whom there is no proof that they have it. Its id stays, so nobody is shown it twice. What is still on its
way, or delivered, is left as it is. The text is kept in the home folder for 30 days after the message has expired.`,
    )
    .action(async (message: string, { timeout }: { readonly timeout: number }, command: Command) => {
      const context = contextOf(command);
      const archives = await archivesOfRecipients(message, context);
      await withClient(context, { identity: 'required', archives }, async (client, lastTries) => {
        const signal = within(context.signal, timeout);
        const before = await client.status(message);
        const sent = await client.resend(message, { signal }).catch((error: unknown) => {
          throw nothingSent(error, context.signal);
        });
        if (sent.crates.length > before.crates.length)
          return reportSent(client, context, sent, { signal, lastTries });
        await printMessageLine(sent, context);
        context.output.remark(
          sent.status === 'delivered'
            ? 'Everybody has it: nothing was sent again.'
            : 'It is on its way to everybody who has not got it: nothing was sent again.',
        );
      });
    });
}

/** Where the message's recipients are to be found, as far as they are contacts. */
async function archivesOfRecipients(message: string, context: Context): Promise<readonly string[]> {
  const { crates } = await withClient(context, { identity: 'required' }, (client) => client.status(message));
  const recipients = new Set(crates.map(({ to }) => to));
  const contacts = await listContacts(context.settings.home);
  return contacts.filter(({ author }) => recipients.has(author)).flatMap(({ archives }) => archives);
}
