/**
 * "This node collects that mailbox now" (spec/direct.md, "Announcements"): 197 bytes, in base64url where they are kept.
 * The mailbox's signature covers the mailbox, which does not stand in it: whoever knows the mailbox can check it, and
 * whoever only holds it learns no more than which node it is about. The day's signature is by the key that the place is
 * named after, which whoever knows the mailbox can derive: so holders see that nobody else has made it.
 *
 *     version 1 (1) | node (32) | archive (32) | iat (4) | mailbox's signature (64) | day's signature (64)
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes, encodeUtf8, sha256 } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, type Result } from '../errors/result.js';
import { signingKeyFromJwk, verifyEd25519, type SigningKey } from '../keys/ed25519.js';
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
const offsets = { node: 1, archive: 33, iat: 65, signature: 69, daySignature: 133 } as const;
export const announcementBytes = offsets.daySignature + signatureBytes;
/** What stands before the seed of an Ed25519 private key in PKCS #8 (RFC 8410). */
const pkcs8Prefix = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/**
 * Of one day: its public half is where the mailbox is announced, its private half is what whoever knows the mailbox has
 * and its holders have not.
 * @param day whole days since 1970
 */
export async function mailboxDayKey(mailbox: string, day: number): Promise<SigningKey> {
  const dayBytes = new Uint8Array(4);
  new DataView(dayBytes.buffer).setUint32(0, day);
  const seed = await sha256(concatBytes(encodeUtf8('holdfast-mailbox-day-1'), idOf(mailbox), dayBytes));
  const pkcs8 = concatBytes(pkcs8Prefix, seed);
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const { x, d } = await crypto.subtle.exportKey('jwk', key);
  return signingKeyFromJwk({ kty: 'OKP', crv: 'Ed25519', x: x!, d: d! });
}

/** @param dayKey of the mailbox, and of the day whose place it is brought to */
export async function signAnnouncement(
  announcement: MailboxAnnouncement,
  mailbox: SigningKey,
  dayKey: SigningKey,
): Promise<string> {
  const body = bodyOf(announcement);
  const signed = concatBytes(body, await mailbox.sign(signedText(mailbox.publicKey, body)));
  return encodeBase64url(concatBytes(signed, await dayKey.sign(daySignedText(signed))));
}

/**
 * What it says, and that somebody says so who knows the mailbox: for those who hold it, and do not know the mailbox.
 * @param place the key of the place where it lies: the day key's public half
 * @param now NumericDate, seconds
 */
export async function readAnnouncementAt(
  place: Uint8Array,
  text: string,
  now: number,
): Promise<Result<MailboxAnnouncement>> {
  const read = readAnnouncement(text, now);
  if (!read.ok) return read;
  const bytes = decodeBase64urlOf(text, announcementBytes)!;
  const signed = daySignedText(bytes.subarray(0, offsets.daySignature));
  const isSigned = await verifyEd25519(place, signed, bytes.subarray(offsets.daySignature));
  return isSigned ? read : invalid("The day's signature does not verify.");
}

function readAnnouncement(text: string, now: number): Result<MailboxAnnouncement> {
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

/** What it says, and that the owner of the mailbox says so; whether it belongs where it was found is not looked at. */
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
    (await verifyEd25519(
      key,
      signedText(mailbox, body),
      bytes.subarray(offsets.signature, offsets.daySignature),
    ));
  return isSigned ? read : invalid('The signature does not verify.');
}

const invalid = (detail: string): Result<MailboxAnnouncement> => refused('announcement-invalid', detail);

/** "holdfast-announcement-1" || mailbox (32) || everything before the signature. */
const signedText = (mailbox: string, body: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(encodeUtf8('holdfast-announcement-1'), idOf(mailbox), body);

/** "holdfast-announcement-day-1" || everything before the day's signature. */
const daySignedText = (signed: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(encodeUtf8('holdfast-announcement-day-1'), signed);

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
