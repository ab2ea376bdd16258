/**
 * What is encrypted (spec/crates.md, "Plaintext"): `ackSecret (32) || length (4, big endian) || message || zeros`,
 * as many zeros as bring the envelope to the next allowed size.
 */
import { ciphertextSizeFor, hashSizeBytes } from '../crates/envelope.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, type Result } from '../errors/result.js';
import { limits } from '../limits.js';
import { tagSizeBytes } from './suite.js';

const lengthBytes = 4;
const messageOffset = hashSizeBytes + lengthBytes;

/** Throws `message-too-large` when even the largest crate is too small. */
export function padPlaintext(
  ackSecret: Uint8Array,
  message: Uint8Array,
  associatedDataSize: number,
): Uint8Array<ArrayBuffer> {
  const size = limits.crateSizesBytes
    .map((sizeBytes) => ciphertextSizeFor(sizeBytes, associatedDataSize) - tagSizeBytes)
    .find((sizeBytes) => sizeBytes >= messageOffset + message.length);
  if (size === undefined) throw tooLarge(message.length, associatedDataSize);
  const plaintext = new Uint8Array(size);
  plaintext.set(ackSecret);
  new DataView(plaintext.buffer).setUint32(hashSizeBytes, message.length);
  plaintext.set(message, messageOffset);
  return plaintext;
}

export function readPlaintext(
  plaintext: Uint8Array<ArrayBuffer>,
): Result<{ ackSecret: Uint8Array<ArrayBuffer>; message: Uint8Array<ArrayBuffer> }> {
  if (plaintext.length < messageOffset) return refused('crate-content-invalid', 'The crate is nearly empty.');
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(hashSizeBytes);
  const end = messageOffset + length;
  if (end > plaintext.length) {
    return refused('crate-content-invalid', 'The message is said to be longer than the crate.');
  }
  if (plaintext.subarray(end).some((byte) => byte !== 0)) {
    return refused('crate-content-invalid', 'The padding is not zero.');
  }
  return accepted({
    ackSecret: plaintext.subarray(0, hashSizeBytes),
    message: plaintext.subarray(messageOffset, end),
  });
}

function tooLarge(sizeBytes: number, associatedDataSize: number): HoldfastError {
  const sizeBytesMax =
    ciphertextSizeFor(limits.crateSizesBytes.at(-1)!, associatedDataSize) - tagSizeBytes - messageOffset;
  return new HoldfastError(
    'message-too-large',
    `The message takes ${sizeBytes} bytes as a JWS; the largest crate has room for ${sizeBytesMax}.`,
    { sizeBytes, sizeBytesMax },
  );
}
