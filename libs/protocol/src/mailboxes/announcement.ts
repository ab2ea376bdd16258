/**
 * "This node collects that mailbox now" (spec/direct.md, "Announcements"): 133 bytes, in base64url where they are kept.
 * The signature covers the mailbox, which does not stand in it: whoever knows the mailbox can check it, and whoever only
 * holds it learns no more than which node it is about.
 *
 *     version 1 (1) | node (32) | archive (32) | iat (4) | signature (64)
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes, encodeUtf8 } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, type Result } from '../errors/result.js';
import { verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';

/** Ids are in base64url. */
export interface MailboxAnnouncement {
  readonly node: string;
  /** The archive that relays to the node. */
  readonly archive: string;
  /** NumericDate, whole seconds: good for limits.announcementSeconds from then on. */
  readonly iat: number;
}

const version = 1;
const idBytes = 32;
const signatureBytes = 64;
const offsets = { node: 1, archive: 33, iat: 65, signature: 69 } as const;
export const announcementBytes = offsets.signature + signatureBytes;

export async function signAnnouncement(
  announcement: MailboxAnnouncement,
  mailbox: SigningKey,
): Promise<string> {
  const body = bodyOf(announcement);
  const signature = await mailbox.sign(signedText(mailbox.publicKey, body));
  return encodeBase64url(concatBytes(body, signature));
}

/**
 * What it says, without a word on whether that is true: for those who hold it, and do not know the mailbox.
 * @param now NumericDate, seconds
 */
export function readAnnouncement(text: string, now: number): Result<MailboxAnnouncement> {
  const bytes = decodeBase64urlOf(text, announcementBytes);
  if (bytes === undefined || bytes[0] !== version) return invalid('It is not one of a known version.');
  const { announcementSeconds, announcementSkewSecondsMax } = limits;
  const iat = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offsets.iat);
  if (iat > now + announcementSkewSecondsMax) return invalid('It is of the future.');
  if (iat + announcementSeconds + announcementSkewSecondsMax <= now) return invalid('It is over.');
  return accepted({
    node: encodeBase64url(bytes.subarray(offsets.node, offsets.archive)),
    archive: encodeBase64url(bytes.subarray(offsets.archive, offsets.iat)),
    iat,
  });
}

/** The same, and that the owner of the mailbox says so. */
export async function verifyAnnouncement(
  text: string,
  mailbox: string,
  now: number,
): Promise<Result<MailboxAnnouncement>> {
  const read = readAnnouncement(text, now);
  if (!read.ok) return read;
  const key = decodeBase64urlOf(mailbox, idBytes);
  const bytes = decodeBase64urlOf(text, announcementBytes)!;
  const body = bytes.subarray(0, offsets.signature);
  const isSigned =
    key !== undefined &&
    (await verifyEd25519(key, signedText(mailbox, body), bytes.subarray(offsets.signature)));
  return isSigned ? read : invalid('The signature does not verify.');
}

const invalid = (detail: string): Result<MailboxAnnouncement> => refused('announcement-invalid', detail);

/** "holdfast-announcement-1" || mailbox (32) || everything before the signature. */
const signedText = (mailbox: string, body: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(encodeUtf8('holdfast-announcement-1'), idOf(mailbox), body);

function bodyOf({ node, archive, iat }: MailboxAnnouncement): Uint8Array<ArrayBuffer> {
  const body = concatBytes(Uint8Array.of(version), idOf(node), idOf(archive), new Uint8Array(4));
  new DataView(body.buffer).setUint32(offsets.iat, iat);
  return body;
}

function idOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64urlOf(text, idBytes);
  if (bytes === undefined) throw new HoldfastError('key-invalid', 'Not 32 bytes in base64url.');
  return bytes;
}
