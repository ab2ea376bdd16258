/** `holdfast send`: a sealed message to one or more people, accepted by an archive before the command ends. */
import type { Command } from 'commander';
import type { Client, MessageStatus, SentMessage } from '@holdfast/client';
import { HoldfastError } from '@holdfast/protocol';
import { wordAsTyped } from '../arguments/id-words.js';
import { copiesValue, expiryHoursValue, timeoutOption, usageError } from '../arguments/option-values.js';
import { readText } from '../arguments/text-argument.js';
import { withClient, type Context, type ContextOf, type LastTries } from '../context.js';
import { resolveContact } from '../home/contacts.js';
import { timeText } from '../output/record-lines.js';
import { within } from '../within.js';
import { stillWaiting } from './publish.js';
import { printMessageLine } from './sent-message.js';

interface SendFlags {
  readonly to: readonly string[];
  readonly copies?: number;
  /** Hours. */
  readonly expires?: number;
  readonly timeout: number;
}

export function addSendCommand(program: Command, contextOf: ContextOf): void {
  program
    .command('send')
    .description('send a sealed message that only its recipients can read')
    .argument('[words...]', 'further contacts, and at the end the text, or - for stdin')
    .requiredOption('--to <contact>', 'a contact, a card or a public key; may stand several times', collect)
    .option('--copies <n>', 'how many archives shall sign that they hold it (2)', copiesValue)
    .option('--expires <duration>', 'how long it may wait for them, in hours (14d)', expiryHoursValue)
    .addOption(timeoutOption('how long to wait for an archive'))
    .addHelpText(
      'after',
      `
Examples:
  holdfast send --to alice "see you at eight"
  holdfast send --to alice --to bob "see you both at eight"
  holdfast send --to alice --copies 3 --expires 30d "do not lose this"
  git diff | holdfast send --to alice -

Prints the message's id, how far it has come, and how many archives have signed that they hold it. "accepted" means
that one has stored it, "durable" that as many have signed as are wanted, or as there are: it waits there until it is
fetched, and no longer than its expiry. "holdfast status ID --wait delivered" waits for the proof of delivery.
When no archive takes it in time the message stays in the home folder as "local", and the next command that reaches
one brings it there: do not send it again. The same goes for an archive that is full ("quota-exceeded"). When no archive tells where a recipient's mailbox is, nothing is kept.
Of several recipients each learns who the others are, and who has the message brings it to those who lack it.`,
    )
    .action(async (words: readonly string[], flags: SendFlags, command: Command) => {
      const context = contextOf(command);
      const contacts = [...flags.to, ...words.slice(0, -1).map(wordAsTyped)];
      const recipients = await Promise.all(
        contacts.map((name) => resolveContact(context.settings.home, name)),
      );
      const text = await readText(words.at(-1), context.surroundings);
      const archives = recipients.flatMap((recipient) => recipient.archives);
      await withClient(context, { identity: 'required', archives }, async (client, lastTries) => {
        const signal = within(context.signal, flags.timeout);
        const to = [...new Set(recipients.map(({ author }) => author))];
        const { copies, expires: expiryHours } = flags;
        const draft = {
          to,
          text,
          ...(copies === undefined ? {} : { copies }),
          ...(expiryHours === undefined ? {} : { expiryHours }),
        };
        const sent = await client.send(draft, { signal }).catch((error: unknown) => {
          throw nothingSent(error, context.signal);
        });
        await reportSent(client, context, sent, { signal, lastTries });
      });
    });
}

/** Waits until an archive has taken the message, and a little for the others, and prints how far it has come. */
export async function reportSent(
  client: Client,
  context: Context,
  { id }: SentMessage,
  { signal, lastTries }: { readonly signal: AbortSignal; readonly lastTries: LastTries },
): Promise<void> {
  const accepted = client.waitForStatus(id, 'accepted', { signal });
  await untilAcceptedOrFull(client, id, accepted, signal);
  await accepted.catch(async (error: unknown) => {
    requireRoom(await client.status(id));
    const named =
      error instanceof HoldfastError ? new HoldfastError(error.code, error.message, { message: id }) : error;
    throw stillWaiting(named, context.signal, `The message ${id} waits in the home folder`);
  });
  await lastTries();
  await printMessageLine(await client.status(id), context);
}

/** When all that can be reached are full, it does not help to wait: the message goes on with a later command. */
async function untilAcceptedOrFull(
  client: Client,
  id: string,
  accepted: Promise<MessageStatus>,
  signal: AbortSignal,
): Promise<void> {
  let stopListening = (): void => undefined;
  const full = new Promise<never>((_, reject) => {
    const look = (): void =>
      void client
        .tried({ signal })
        .then(
          async () => requireRoom(await client.status(id)),
          () => undefined,
        )
        .catch(reject);
    // What is tried at an archive that opens later may be refused there.
    stopListening = client.on('connection', ({ state }) => (state.name === 'open' ? look() : undefined));
    look();
  });
  await Promise.race([accepted.catch(() => undefined), full]).finally(stopListening);
}

/** What is full, for somebody who has not read spec/custody.md, "Quotas". */
function fullOf(quota: string): string {
  if (quota.startsWith('mailbox-')) return "the recipient's mailbox is full";
  if (quota.startsWith('depositor-')) return 'too much has come from your network in a short time';
  return 'the archive is full';
}

/** Throws `quota-exceeded` about what nobody has taken, and some archive would if it had room. */
function requireRoom({ id, status, crates }: MessageStatus): void {
  const full = crates.flatMap(({ pending }) => pending.filter(({ code }) => code === 'quota-exceeded'));
  if (status !== 'local' || full.length === 0) return;
  const [{ url, quota, nextAttemptAt }] = full as [(typeof full)[number]];
  const what = quota === undefined ? 'there is no room' : `${fullOf(quota)} (${quota})`;
  const when = nextAttemptAt === undefined ? '' : ` at ${timeText(nextAttemptAt, 'seconds')} UTC or later`;
  throw new HoldfastError(
    'quota-exceeded',
    `The archive at ${url} does not take it now: ${what}. The message ${id} waits in the home folder: any command that reaches an archive${when} brings it there; do not send it again.`,
    {
      message: id,
      url,
      ...(quota === undefined ? {} : { quota }),
      ...(nextAttemptAt === undefined ? {} : { until: nextAttemptAt }),
    },
  );
}

/** The time was over before the recipients' mailboxes were found. */
export function nothingSent(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || !(error instanceof HoldfastError) || error.code !== 'aborted') return error;
  return new HoldfastError(
    'archive-unreachable',
    'No archive told in time where to write to them: nothing was sent or kept. Check that one runs, or name it with --archive.',
  );
}

function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  if (text === '') throw usageError('--to names nobody.');
  return [...earlier, wordAsTyped(text)];
}
