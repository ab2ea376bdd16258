/**
 * The envelope of a crate (spec/crates.md, "Envelope"): deterministic CBOR
 * `[version, suite, mailbox, expiryHour, nonce, ackHash, recallHash, enc, ciphertext]` of exactly one of the allowed
 * sizes. One envelope has one encoding, so its hash names it. Nothing here needs a key.
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, type Result } from '../errors/result.js';
import { isAcceptablePublicKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import {
  CborReader,
  encodeArrayHead,
  encodeByteStringHead,
  encodeUnsigned,
  NotDeterministic,
} from './envelope-cbor.js';

export const envelopeVersion = 1;
/** X-Wing, HKDF-SHA256, AES-256-GCM. */
export const envelopeSuite = 1;
export const encSizeBytes = 1120;
export const hashSizeBytes = 32;
const members = 9;
/** The largest number that the decoder takes: 4 bytes. */
const expiryHourMax = 0xffffffff;

export interface EnvelopeHead {
  /** The mailbox's public key in base64url. */
  readonly mailbox: string;
  /** Whole hours since 1970-01-01T00:00Z. */
  readonly expiryHour: number;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly ackHash: Uint8Array<ArrayBuffer>;
  readonly recallHash: Uint8Array<ArrayBuffer>;
}

export interface Envelope extends EnvelopeHead {
  readonly version: typeof envelopeVersion;
  readonly suite: typeof envelopeSuite;
  readonly enc: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
  /** The envelope's bytes before `enc`, which the ciphertext authenticates. */
  readonly associatedData: Uint8Array<ArrayBuffer>;
}

/** The byte strings of the answer are views of `bytes`. */
export function parseEnvelope(bytes: Uint8Array): Result<Envelope> {
  if (!(limits.crateSizesBytes as readonly number[]).includes(bytes.length)) {
    const sizes = limits.crateSizesBytes.join(', ');
    return refused('crate-size-invalid', `An envelope has ${sizes} bytes; this one has ${bytes.length}.`);
  }
  try {
    return readEnvelope(new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length));
  } catch (flaw) {
    if (flaw instanceof NotDeterministic) return refused('crate-malformed', flaw.message);
    throw flaw;
  }
}

function readEnvelope(bytes: Uint8Array<ArrayBuffer>): Result<Envelope> {
  const cbor = new CborReader(bytes);
  const count = cbor.array();
  // Before anything else: another version may have other members, another suite other lengths.
  const version = cbor.unsigned();
  if (version !== envelopeVersion) {
    return refused('crate-version-unsupported', `Version ${version} is not spoken here, only 1.`);
  }
  if (count !== members) throw new NotDeterministic(`The array has ${count} members instead of ${members}.`);
  const suite = cbor.unsigned();
  if (suite !== envelopeSuite) {
    return refused('crate-suite-unsupported', `Suite ${suite} is not spoken here, only 1.`);
  }
  const mailbox = cbor.byteStringOf(hashSizeBytes);
  const expiryHour = cbor.unsigned();
  const nonce = cbor.byteStringOf(hashSizeBytes);
  const ackHash = cbor.byteStringOf(hashSizeBytes);
  const recallHash = cbor.byteStringOf(hashSizeBytes);
  const associatedData = bytes.subarray(0, cbor.offset);
  const enc = cbor.byteStringOf(encSizeBytes);
  const ciphertext = cbor.byteString();
  cbor.end();
  if (!isAcceptablePublicKey(mailbox)) {
    return refused('crate-mailbox-invalid', 'The mailbox is not an acceptable Ed25519 public key.');
  }
  return accepted({
    version,
    suite,
    mailbox: encodeBase64url(mailbox),
    expiryHour,
    nonce,
    ackHash,
    recallHash,
    enc,
    ciphertext,
    associatedData,
  });
}

/**
 * The envelope's bytes before `enc`. Throws `key-invalid` when the mailbox is not 32 bytes in base64url and
 * `crate-malformed` when the expiry is no whole hour.
 */
export function encodeEnvelopeHead(head: EnvelopeHead): Uint8Array<ArrayBuffer> {
  const mailbox = decodeBase64urlOf(head.mailbox, hashSizeBytes);
  if (mailbox === undefined)
    throw new HoldfastError('key-invalid', 'The mailbox is not 32 bytes in base64url.');
  if (!Number.isInteger(head.expiryHour) || head.expiryHour < 0 || head.expiryHour > expiryHourMax) {
    throw new HoldfastError('crate-malformed', 'The expiry is not a count of whole hours.');
  }
  return concatBytes(
    encodeArrayHead(members),
    encodeUnsigned(envelopeVersion),
    encodeUnsigned(envelopeSuite),
    ...byteString(mailbox),
    encodeUnsigned(head.expiryHour),
    ...byteString(head.nonce),
    ...byteString(head.ackHash),
    ...byteString(head.recallHash),
  );
}

export function encodeEnvelope(
  associatedData: Uint8Array,
  enc: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return concatBytes(associatedData, ...byteString(enc), ...byteString(ciphertext));
}

/** How many bytes of ciphertext make an envelope of `sizeBytes` after this much associated data. */
export function ciphertextSizeFor(sizeBytes: number, associatedDataSize: number): number {
  const encoded = sizeBytes - associatedDataSize - encodeByteStringHead(encSizeBytes).length - encSizeBytes;
  return encoded - encodeByteStringHead(encoded - 3).length;
}

const byteString = (bytes: Uint8Array): [Uint8Array, Uint8Array] => [
  encodeByteStringHead(bytes.length),
  bytes,
];
