/** Messages that were sent, for the eyes: how far they have come, who holds them, and what is still being tried. */
import type { CrateStatusView, MessageStatus } from '@holdfast/client';
import { timeText } from './record-lines.js';

/** One line: `ID  durable  2 of 2 copies`. */
export function messageLine(message: MessageStatus): string {
  const { id, status, safe } = message;
  const isSafe = safe && status !== 'delivered' ? ['safe'] : [];
  return [id, status, ...isSafe, ...(isOnItsWay(message) ? [copiesText(message.copies)] : [])].join('  ');
}

/** The same with a line for every recipient's crate, and below it who holds it and who is still to. */
export function messageText(message: MessageStatus): string {
  const crates = message.crates.filter(({ resent }) => resent !== true);
  const isPlain = crates.length === 1 && !isOnItsWay(crates[0]!);
  return [messageLine(message), ...(isPlain ? [] : crates.flatMap(crateLines))].join('\n');
}

function crateLines(crate: CrateStatusView): readonly string[] {
  const { to, status, expiresAt, custody, pending } = crate;
  if (!isOnItsWay(crate)) return [`  ${to}  ${status}`];
  return [
    `  ${to}  ${status}  until ${timeText(expiresAt)}`,
    ...custody.map(({ url, archive, iat }) => `    held by ${url ?? archive} since ${timeText(iat)}`),
    ...pending.map(({ url, via, attempts, nextAttemptAt, code }) => {
      const way = via === undefined ? '' : ` through ${via}`;
      const next = nextAttemptAt === undefined ? '' : `, next attempt at ${timeText(nextAttemptAt)}`;
      const why = code === undefined ? '' : ` (${code})`;
      return `    pending at ${url}${way}: ${attempts === 1 ? '1 attempt' : `${attempts} attempts`}${why}${next}`;
    }),
  ];
}

/** What is asked for where there are fewer archives than copies are wanted. */
function copiesText({ held, wanted, possible }: MessageStatus['copies']): string {
  if (possible >= wanted) return `${held} of ${wanted} copies`;
  return `${held} of ${possible} possible copies (${wanted} wanted)`;
}

const isOnItsWay = ({ status }: { readonly status: string }): boolean =>
  ['local', 'accepted', 'durable'].includes(status);
