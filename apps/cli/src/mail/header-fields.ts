/**
 * The header of a mail, read for what an import needs before it parses the whole: who answers whom, which list, when.
 * The same functions serve both passes, so that a mail is found under the name that its record gets.
 */
import { isRecordKey, isTopic } from '@holdfast/protocol';
import { cliLimits } from '../limits.js';
import { parseMailDate } from './mail-date.js';

export interface HeaderFields {
  /** Without its angle brackets, which are not part of it (RFC 5322 section 3.6.4). */
  readonly messageId?: string;
  /** Message-Ids of what the mail answers, the nearest first. */
  readonly ancestors: readonly string[];
  /** The List-Id (RFC 2919) without its description, in lower case. */
  readonly listId?: string;
  /** The Date field as it stands. */
  readonly dateText?: string;
  /** The Date field as seconds since 1970, when it is a date. */
  readonly dateSeconds?: number;
  /** The dates in the header, Date first, then Received from the top; seconds since 1970. */
  readonly dates: readonly number[];
}

const dateTextLengthMax = 200;

/** Fields of which a mail has at least one, and other text files seldom do. */
const mailFields = new Set([
  'from',
  'to',
  'date',
  'subject',
  'message-id',
  'received',
  'return-path',
  'sender',
  'delivered-to',
]);

/** The fields, or undefined when the bytes do not begin like a mail. */
export function readHeaderFields(header: Uint8Array): HeaderFields | undefined {
  // Ids and dates are ASCII, and Latin-1 keeps every other byte apart: no charset is needed to compare ids.
  const lines = Buffer.from(header.buffer, header.byteOffset, header.length)
    .toString('latin1')
    .replaceAll('\0', '\ufffd')
    .replace(/\r?\n[ \t]/g, ' ')
    .split(/\r?\n/);
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    if (colon < 1 || !/^[!-9;-~]+$/.test(name)) continue;
    const values = fields.get(name);
    const value = line.slice(colon + 1).trim();
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  if (![...fields.keys()].some((name) => mailFields.has(name))) return undefined;
  return fieldsOf((name) => fields.get(name) ?? []);
}

function fieldsOf(valuesOf: (name: string) => readonly string[]): HeaderFields {
  const messageId = messageIdOf(valuesOf('message-id')[0]);
  const dateText = valuesOf('date')[0]?.slice(0, dateTextLengthMax);
  const dateSeconds = parseMailDate(dateText ?? '');
  const listId = listIdOf(valuesOf('list-id')[0]);
  return {
    ...(messageId === undefined ? {} : { messageId: ownText(messageId) }),
    ancestors: ancestorsOf(valuesOf('in-reply-to'), valuesOf('references'), messageId).map(ownText),
    ...(listId === undefined ? {} : { listId: ownText(listId) }),
    ...(dateText === undefined || dateText === '' ? {} : { dateText: ownText(dateText) }),
    ...(dateSeconds === undefined ? {} : { dateSeconds }),
    dates: [dateSeconds, ...valuesOf('received').map(dateOfReceived)].filter((date) => date !== undefined),
  };
}

/** A part of a string keeps the whole in memory: a copy lets the header go, of which there may be a million. */
const ownText = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');

const dateOfReceived = (value: string): number | undefined =>
  parseMailDate(value.slice(value.lastIndexOf(';') + 1));

/** A first id in brackets, or else a whole value without blanks. */
function messageIdOf(value: string | undefined): string | undefined {
  const bracketed = idsIn(value ?? '')[0];
  const id = bracketed ?? (value !== undefined && !/[\s<>]/.test(value) ? value : undefined);
  return id !== undefined && isMessageId(id) ? id : undefined;
}

function ancestorsOf(
  inReplyTo: readonly string[],
  references: readonly string[],
  own: string | undefined,
): readonly string[] {
  // In-Reply-To often quotes an address beside the id: it is an id only if nothing but an id could be meant.
  const answered = inReplyTo.flatMap((value) => idsIn(value).filter((id) => id.includes('@')));
  const nearestFirst = references.flatMap(idsIn).toReversed();
  const ids = new Set([...answered, ...nearestFirst].filter((id) => id !== own && isMessageId(id)));
  return [...ids].slice(0, cliLimits.ancestorsMax);
}

const idsIn = (value: string): string[] =>
  [...value.matchAll(/<([^<>]{1,998})>/g)].map((match) => match[1]!.replace(/\s+/g, ''));

const isMessageId = (id: string): boolean => id.length > 0 && id.length <= cliLimits.messageIdLengthMax;

function listIdOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const id = (/<([^<>]*)>\s*$/.exec(value)?.[1] ?? value).trim().toLowerCase();
  return !/\s/.test(id) && isTopic(id) ? id : undefined;
}

/** The key under which a mail with this Message-Id is published, when it can be one. */
export const keyOfMessageId = (messageId: string | undefined): string | undefined =>
  messageId !== undefined && isRecordKey(messageId) ? messageId : undefined;
