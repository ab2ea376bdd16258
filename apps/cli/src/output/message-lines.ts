/** Messages that were sent, for the eyes: how far they have come, who holds them, and what is still being tried. */
import type { CrateStatusView, MessageStatus, PendingHolder } from '@holdfast/client';
import { timeText } from './record-lines.js';

/** What an identity is called here, if it is called anything. */
export type NameOf = (identity: string) => string | undefined;

/** One line: `ID  durable  signed for by 2 of 2 archives`. */
export function messageLine(message: MessageStatus): string {
  const { id, status, safe } = message;
  const isSafe = safe && status !== 'delivered' ? ['safe'] : [];
  return [id, status, ...isSafe, ...(isOnItsWay(message) ? [copiesText(message.copies)] : [])].join('  ');
}

/** The same with a line for every recipient's crate, and below it who holds it and who is still to. */
export function messageText(message: MessageStatus, nameOf: NameOf): string {
  const crates = message.crates.filter(({ resent }) => resent !== true);
  const isPlain = crates.length === 1 && !isOnItsWay(crates[0]!);
  const lines = isPlain ? [] : crates.flatMap((crate) => crateLines(crate, nameOf));
  return [messageLine(message), ...lines].join('\n');
}

/** The same for programs. */
export function messageJson<M extends MessageStatus>(message: M, nameOf: NameOf): M {
  const crates = message.crates.map((crate) => {
    const name = nameOf(crate.to);
    return name === undefined ? crate : { ...crate, name };
  });
  return { ...message, crates };
}

/** What a sender may want to know or to do about what has ended without a proof of delivery. */
export function endRemarks(message: MessageStatus, nameOf: NameOf): readonly string[] {
  const endedAs = (end: CrateStatusView['status']): readonly string[] => [
    ...new Set(
      message.crates
        .filter(({ status, resent }) => status === end && resent !== true)
        .map(({ to }) => nameOf(to) ?? to),
    ),
  ];
  const expired = endedAs('expired');
  const discarded = endedAs('discarded');
  const again = `"holdfast resend ${message.id}" sends it again.`;
  return [
    ...(expired.length === 0
      ? []
      : [`It expired, and nothing proves that ${expired.join(' and ')} opened it: ${again}`]),
    ...(discarded.length === 0
      ? []
      : [
          `${discarded.join(' and ')} took it from the archives without saying whether it was opened: ` +
            `some people give no receipts. If it was not, ${again}`,
        ]),
  ];
}

function crateLines(crate: CrateStatusView, nameOf: NameOf): readonly string[] {
  const { status, expiresAt, custody, pending } = crate;
  const to = nameOf(crate.to) ?? crate.to;
  if (!isOnItsWay(crate)) return [`  ${to}  ${status}`];
  return [
    `  ${to}  ${status}  until ${timeText(expiresAt)} UTC`,
    ...custody.map(({ url, archive, iat }) => `    held by ${url ?? archive} since ${timeText(iat)} UTC`),
    ...pending.map(pendingLine),
  ];
}

function pendingLine({ url, via, attempts, nextAttemptAt, code, quota }: PendingHolder): string {
  const way = via === undefined ? '' : ` through ${via}`;
  const tried = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const why = [code, quota].filter((word) => word !== undefined).join(': ');
  return [
    `    pending at ${url}${way}: ${attempts === 0 ? 'not reached yet' : tried}`,
    why === '' ? '' : ` (${why})`,
    nextAttemptAt === undefined ? '' : `, next attempt at ${timeText(nextAttemptAt, 'seconds')} UTC`,
    // This program ends; an archive goes on.
    via === undefined && nextAttemptAt === undefined
      ? ', goes there with the next command that reaches it'
      : '',
  ].join('');
}

/** How many archives have signed, and how many could where that is less than was asked for. */
function copiesText({ held, wanted, possible }: MessageStatus['copies']): string {
  if (possible >= wanted)
    return `signed for by ${held} of ${wanted} ${wanted === 1 ? 'archive' : 'archives'}`;
  if (possible === 1 && held === 1) return `signed for by 1 archive, the only one known (${wanted} wanted)`;
  return `signed for by ${held} of the ${possible} ${possible === 1 ? 'archive' : 'archives'} known (${wanted} wanted)`;
}

const isOnItsWay = ({ status }: { readonly status: string }): boolean =>
  ['local', 'accepted', 'durable'].includes(status);
