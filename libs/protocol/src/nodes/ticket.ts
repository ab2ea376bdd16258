/**
 * Tickets and node ids (spec/dht.md, "Tickets and node ids"). A ticket is an archive's word that a key is one of its
 * nodes for a day; the node's id follows from it. The archive's nonce is in the id, and follows from a secret and the
 * key, so that nobody chooses where an id lies, and asking again gives the same one.
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes, encodeUtf8, sha256 } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, type Refusal, type Result } from '../errors/result.js';
import { decodePublicKey, isAcceptablePublicKey, verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';

export const ticketBytes = 108;
const nonceBytes = 8;
const signedBytes = 44;

/** A ticket that verifies. */
export interface Ticket {
  /** The id of the archive that signed it: its first key, base64url. */
  readonly archive: string;
  readonly nodeKey: Uint8Array<ArrayBuffer>;
  /** The node's id, 32 bytes. */
  readonly node: Uint8Array<ArrayBuffer>;
  /** NumericDate, whole seconds. */
  readonly expiry: number;
  /** As it travels: node key (32) || nonce (8) || expiry (4) || signature (64). */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * @param nodeKey base64url
 * @param nonce what `ticketNonceOf` gives
 * @param expiry NumericDate, whole seconds
 * @param archive the archive's first key
 */
export async function issueTicket(
  nodeKey: string,
  nonce: Uint8Array,
  expiry: number,
  archive: SigningKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = decodePublicKey(nodeKey);
  if (key === undefined) throw new HoldfastError('key-invalid', 'The key of the node is not acceptable.');
  if (nonce.length !== nonceBytes || !Number.isInteger(expiry) || expiry < 0 || expiry > 0xffffffff) {
    throw new RangeError('A ticket has a nonce of 8 bytes and an expiry of 4.');
  }
  const head = concatBytes(key, nonce, new Uint8Array(4));
  new DataView(head.buffer).setUint32(40, expiry);
  return concatBytes(head, await archive.sign(ticketText(keyBytesOf(archive.publicKey), head)));
}

/**
 * The ticket, when this archive has signed it and it is of now. Refuses with `ticket-invalid`.
 * @param archive the id of the archive that it is said to be of, base64url
 * @param now NumericDate of the reader, seconds
 */
export async function verifyTicket(bytes: Uint8Array, archive: string, now: number): Promise<Result<Ticket>> {
  if (bytes.length !== ticketBytes) return invalid(`A ticket has ${ticketBytes} bytes.`);
  const archiveKey = decodePublicKey(archive);
  if (archiveKey === undefined) return invalid('The archive of the ticket is not an acceptable key.');
  const own = bytes.slice();
  const nodeKey = own.subarray(0, 32);
  if (!isAcceptablePublicKey(nodeKey)) return invalid('The node key of the ticket is not acceptable.');
  const expiry = new DataView(own.buffer).getUint32(40);
  const late = ticketLateness(expiry, now);
  if (late !== undefined) return late;
  const signature = own.subarray(signedBytes);
  if (!(await verifyEd25519(archiveKey, ticketText(archiveKey, own), signature))) {
    return invalid('The signature of the ticket does not verify.');
  }
  const node = await nodeIdOf(archive, nodeKey, own.subarray(32, 40));
  return accepted({ archive, nodeKey, node, expiry, bytes: own });
}

/** Why a ticket of this expiry is none now, if it is none. */
export function ticketLateness(expiry: number, now: number): Refusal | undefined {
  if (expiry + limits.nodeClockSkewSecondsMax <= now) return invalid('The ticket has expired.');
  return expiry > now + limits.ticketSecondsMax
    ? invalid('The ticket expires later than a ticket can.')
    : undefined;
}

/** SHA-256("holdfast-node-1" || archive (32) || node key (32) || nonce (8)), 32 bytes. */
export async function nodeIdOf(
  archive: string,
  nodeKey: Uint8Array,
  nonce: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (nodeKey.length !== 32 || nonce.length !== nonceBytes) {
    throw new HoldfastError('key-invalid', 'A node key has 32 bytes, its nonce 8.');
  }
  return sha256(concatBytes(encodeUtf8('holdfast-node-1'), keyBytesOf(archive), nodeKey, nonce));
}

/**
 * The first 8 bytes of HMAC-SHA-256(secret, node key).
 * @param secret of the archive, another one in every epoch
 * @param nodeKey base64url
 */
export async function ticketNonceOf(secret: Uint8Array, nodeKey: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secret as BufferSource, algorithm, false, ['sign']);
  const code = await crypto.subtle.sign('HMAC', key, keyBytesOf(nodeKey));
  return new Uint8Array(code, 0, nonceBytes).slice();
}

/** "holdfast-ticket-1" || archive (32) || node key (32) || nonce (8) || expiry (4) */
const ticketText = (archive: Uint8Array, ticket: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(encodeUtf8('holdfast-ticket-1'), archive, ticket.subarray(0, signedBytes));

/**
 * "holdfast-join-1" || challenge (32) || archive (32): shows an archive that whoever is connected has the node's key.
 * @param challenge of the connection, base64url
 */
export const joinText = (archive: string, challenge: string): Uint8Array<ArrayBuffer> =>
  concatBytes(encodeUtf8('holdfast-join-1'), keyBytesOf(challenge), keyBytesOf(archive));

export const signJoin = async (node: SigningKey, archive: string, challenge: string): Promise<string> =>
  encodeBase64url(await node.sign(joinText(archive, challenge)));

function keyBytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64urlOf(text, 32);
  if (bytes === undefined) throw new HoldfastError('key-invalid', 'Not 32 bytes in base64url.');
  return bytes;
}

const invalid = (detail: string): Refusal => refused('ticket-invalid', detail);
