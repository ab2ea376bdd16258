/** `holdfast inbox`: messages that wait in the archives, each printed once and acknowledged after it was printed. */
import type { Command } from 'commander';
import { withClient, type ContextOf } from '../context.js';
import { listContacts } from '../home/contacts.js';
import { receiptDelayOption } from '../arguments/option-values.js';
import { printable } from '../output/output.js';
import { timeText } from '../output/record-lines.js';

interface InboxFlags {
  readonly watch?: boolean;
  readonly receipts: boolean;
  /** Seconds. */
  readonly receiptDelay?: number;
}

export function addInboxCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('inbox')
    .description('print the messages that wait for you')
    .option('--watch', 'go on for new messages until Ctrl-C')
    .option('--no-receipts', 'do not tell senders that their messages were opened')
    .addOption(receiptDelayOption())
    .addHelpText(
      'after',
      `
Examples:
  holdfast inbox
  holdfast inbox --watch --json
  holdfast inbox --no-receipts
  holdfast inbox --watch --receipt-delay 10m

A message is acknowledged after it has been printed, and printed once, whatever fails in between: the archive lets
it go then, and the sender sees "delivered". With --no-receipts it is discarded instead, by your mailbox's signature:
the archive lets it go all the same, but the sender gets no proof that it was opened, and sees "discarded".
"holdfast contact receipts NAME off" does so for one contact. Receipts leave some at a time, after a random time up to
--receipt-delay, so that it does not show when you read what. Without --watch the command waits for that; at Ctrl-C what
is left is acknowledged by the next inbox.
Ends with status 0: when nothing waits any more, or with --watch at Ctrl-C.`,
    )
    .action(async ({ watch = false, receipts, receiptDelay }: InboxFlags, command: Command) => {
      const context = contextOf(command);
      const contacts = await listContacts(context.settings.home);
      const names = new Map(contacts.map(({ author, name }) => [author, name]));
      const untold = new Set(contacts.filter((one) => one.receipts === false).map(({ author }) => author));
      const overlay = watch ? 'observer' : 'off';
      await withClient(context, { identity: 'required', overlay, saysWaiting: watch }, (client) =>
        client.inbox(
          async (message) => {
            const name = names.get(message.from);
            const from = name ?? message.from;
            const others = message.recipients.filter((one) => one !== client.author);
            const json = { ...message, ...(name === undefined ? {} : { name }) };
            const alsoTo = alsoToText(others.map((one) => names.get(one) ?? one));
            await context.output.result(
              json,
              `${timeText(message.sentAt)}  ${printable(from)}${alsoTo}  ${message.text}`,
            );
          },
          {
            watch,
            receipts: (from) => receipts && !untold.has(from),
            signal: context.signal,
            ...(receiptDelay === undefined ? {} : { receiptDelayMs: receiptDelay * 1000 }),
          },
        ),
      ).catch((error: unknown) => {
        if (!context.signal.aborted) throw error;
      });
    });
}

/** Whom else it is for, as far as its sender says. */
const alsoToText = (others: readonly string[]): string =>
  others.length === 0 ? '' : ` (also to ${others.map(printable).join(', ')})`;
