/**
 * One mail as the payload of one record (docs of the format: apps/cli/MAIL.md). The same bytes always give the same
 * payload, and any bytes give a payload or a reason: what the parser throws becomes a refusal. What does not fit into
 * a record is cut, the text last, and the body says so.
 */
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import { limits, type Json, type RecordPayload } from '@holdfast/protocol';
import { cliLimits } from '../limits.js';
import { cutToEncodedSize, storableText } from './encoded-size.js';
import { keyOfMessageId, type HeaderFields } from './header-fields.js';
import { refusedMail, type MailPlace, type MailRefusal } from './mail-refusal.js';
import { mailText } from './mail-text.js';

export const mailCollection = 'mail';

export interface MailPayload {
  readonly payload: RecordPayload;
  readonly isCut: boolean;
}

type MailAddress = { readonly name?: string; readonly address: string };

/** The header of a record, its two dots, its signature: what base64url has to leave room for beside the payload. */
const recordFrameBytes =
  Math.ceil((`{"alg":"Ed25519","typ":"holdfast-record","kid":""}`.length + 43) / 3) * 4 + 2 + 86;
const payloadBytesMax = Math.floor(((limits.recordSizeBytesMax - recordFrameBytes) * 3) / 4);

export async function parseMail(mail: MailPlace, bytes: Uint8Array): Promise<Email | MailRefusal> {
  if (countBoundaries(bytes) > cliLimits.mailBoundariesMax) {
    const detail = `It has more than ${cliLimits.mailBoundariesMax} multiparts.`;
    return refusedMail(mail, 'mail-unparseable', detail);
  }
  try {
    return await PostalMime.parse(bytes, {
      maxNestingDepth: cliLimits.mailNestingMax,
      maxHeadersSize: cliLimits.mailHeadersBytesMax,
    });
  } catch (error) {
    return refusedMail(mail, 'mail-unparseable', `It cannot be parsed: ${sentenceOf(error)}`);
  }
}

/**
 * @param refs ids of the records of the mails that this one answers
 * @param now NumericDate seconds
 */
export function makeMailPayload(
  fields: HeaderFields,
  email: Email,
  refs: readonly string[],
  now: number,
): MailPayload {
  const { text, isCut: isTextCut } = mailText(email);
  const subject = storableText(email.subject ?? '');
  const parts = {
    subject: cutToEncodedSize(subject, cliLimits.mailSubjectBytesMax),
    from: fitting(addressesOf(email.from === undefined ? [] : [email.from]), cliLimits.mailAddressesBytesMax),
    to: fitting(addressesOf(email.to ?? []), cliLimits.mailAddressesBytesMax),
    cc: fitting(addressesOf(email.cc ?? []), cliLimits.mailAddressesBytesMax),
    attachments: fitting(email.attachments.map(attachmentOf), cliLimits.mailAttachmentsBytesMax),
  };
  const isPartCut =
    isTextCut ||
    parts.subject !== subject ||
    [parts.from, parts.to, parts.cc, parts.attachments].some((part) => part.isCut);
  const body = (members: { text: string; cut?: true }): Json => ({
    ...(parts.from.items[0] === undefined ? {} : { from: parts.from.items[0] }),
    to: parts.to.items,
    ...(parts.cc.items.length === 0 ? {} : { cc: parts.cc.items }),
    ...dateMember(fields),
    subject: parts.subject,
    ...(fields.messageId === undefined ? {} : { messageId: fields.messageId }),
    ...(fields.ancestors[0] === undefined ? {} : { inReplyTo: fields.ancestors[0] }),
    text: members.text,
    attachments: parts.attachments.items,
    ...(members.cut === undefined ? {} : { cut: members.cut }),
  });
  const key = keyOfMessageId(fields.messageId);
  const payload = (members: { text: string; cut?: true }): RecordPayload => ({
    collection: mailCollection,
    ...(key === undefined ? {} : { key }),
    iat: issuedAt(fields.dates, now),
    ...(fields.listId === undefined ? {} : { topics: [fields.listId] }),
    ...(refs.length === 0 ? {} : { refs }),
    body: body(members),
  });
  const room = payloadBytesMax - sizeBytes(payload({ text: '', cut: true }));
  const cutText = cutToEncodedSize(text, room);
  const isCut = isPartCut || cutText !== text;
  return { payload: payload(isCut ? { text: cutText, cut: true } : { text }), isCut };
}

/** The first date that a record may carry: not before 1970, not further ahead than archives allow; else 0. */
const issuedAt = (dates: readonly number[], now: number): number =>
  dates.find((date) => date >= 0 && date <= now + limits.recordAheadSecondsMax) ?? 0;

/** In ISO 8601 when the Date field is a date, as it stands otherwise. */
function dateMember({ dateText, dateSeconds }: HeaderFields): { date?: string } {
  if (dateText === undefined) return {};
  if (dateSeconds === undefined) return { date: cutToEncodedSize(dateText, 200) };
  return { date: new Date(dateSeconds * 1000).toISOString() };
}

function addressesOf(addresses: readonly Address[]): MailAddress[] {
  return addresses
    .flatMap((address) => address.group ?? [address])
    .map(({ name, address }) => ({
      ...(name === '' ? {} : { name: storableText(name) }),
      address: storableText(address ?? ''),
    }));
}

const attachmentOf = ({ filename, mimeType, content }: Attachment) => ({
  name: storableText(filename ?? ''),
  type: storableText(mimeType),
  sizeBytes: typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength,
});

/** The first items that take no more than `sizeBytesMax` together. */
function fitting<T extends Json>(
  items: readonly T[],
  sizeBytesMax: number,
): { items: readonly T[]; isCut: boolean } {
  let size = 0;
  const count = items.findIndex((item) => (size += sizeBytes(item) + 1) > sizeBytesMax);
  return count < 0 ? { items, isCut: false } : { items: items.slice(0, count), isCut: true };
}

const sizeBytes = (json: unknown): number => Buffer.byteLength(JSON.stringify(json));

/** How often the word stands anywhere in the mail: never less than there are multiparts. */
function countBoundaries(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return text.match(/boundary/gi)?.length ?? 0;
}

function sentenceOf(error: unknown): string {
  const text = storableText(error instanceof Error ? error.message : String(error)).slice(0, 200);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
