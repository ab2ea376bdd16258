/** Messages that were sent, as commands print them: with the names of contacts, and what can be done when one ended. */
import type { MessageStatus } from '@holdfast/client';
import type { Context } from '../context.js';
import { contactNames } from '../home/contacts.js';
import { endRemarks, messageJson, messageLine, messageText } from '../output/message-lines.js';

/** One line. */
export async function printMessageLine(message: MessageStatus, context: Context): Promise<void> {
  const names = await contactNames(context.settings.home);
  await context.output.result(
    messageJson(message, (identity) => names.get(identity)),
    messageLine(message),
  );
}

/** With who holds it and who is still to; `isFresh: false` says that nobody could be asked just now. */
export async function printMessage(
  message: MessageStatus & { readonly isFresh?: boolean },
  context: Context,
): Promise<void> {
  const names = await contactNames(context.settings.home);
  const nameOf = (identity: string): string | undefined => names.get(identity);
  const [line, ...more] = messageText(message, nameOf).split('\n');
  const text = [message.isFresh === false ? `${line}  (as last known)` : line, ...more].join('\n');
  await context.output.result(messageJson(message, nameOf), text);
  for (const remark of endRemarks(message, nameOf)) context.output.remark(remark);
}
