/** `holdfast inbox`: messages that wait in the archives, each printed once and acknowledged after it was printed. */
import type { Command } from 'commander';
import { withClient, type ContextOf } from '../context.js';
import { listContacts } from '../home/contacts.js';
import { printable } from '../output/output.js';
import { timeText } from '../output/record-lines.js';

interface InboxFlags {
  readonly watch?: boolean;
  readonly receipts: boolean;
}

export function addInboxCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('inbox')
    .description('print the messages that wait for you')
    .option('--watch', 'go on for new messages until Ctrl-C')
    .option('--no-receipts', 'do not tell senders that their messages were opened')
    .addHelpText(
      'after',
      `
Examples:
  holdfast inbox
  holdfast inbox --watch --json
  holdfast inbox --no-receipts

A message is acknowledged after it has been printed, and printed once, whatever fails in between: the archive lets
it go then, and the sender sees "delivered". With --no-receipts it is discarded instead, by your mailbox's signature:
the archive lets it go all the same, but the sender gets no proof that it was opened, and sees "discarded".
Ends with status 0: when nothing waits any more, or with --watch at Ctrl-C.`,
    )
    .action(async ({ watch = false, receipts }: InboxFlags, command: Command) => {
      const context = contextOf(command);
      const names = new Map(
        (await listContacts(context.settings.home)).map(({ author, name }) => [author, name]),
      );
      await withClient(context, { identity: 'required', saysWaiting: watch }, (client) =>
        client.inbox(
          async (message) => {
            const name = names.get(message.from);
            const from = name ?? message.from;
            const json = { ...message, ...(name === undefined ? {} : { name }) };
            await context.output.result(
              json,
              `${timeText(message.sentAt)}  ${printable(from)}  ${message.text}`,
            );
          },
          { watch, receipts, signal: context.signal },
        ),
      ).catch((error: unknown) => {
        if (!context.signal.aborted) throw error;
      });
    });
}
