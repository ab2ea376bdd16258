/** vectors/crates.json: envelopes as archives read them, without a key. */
import { crateIdOf } from '../../crates/secrets.js';
import { encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes } from '../../encoding/bytes.js';
import type { ErrorCode } from '../../errors/codes.js';
import { limits } from '../../limits.js';
import { alice, bobsMailbox } from '../people.js';
import { bytesOfHex, piecesOf, type VectorCase } from '../vector-file.js';
import { smallOrderEncodings } from './forgeries.js';
import {
  expiryHour,
  messageContent,
  messageHeader,
  randomParts,
  replaced,
  sealRaw,
  spliced,
} from './raw-crate.js';
import { signRaw } from './raw-jws.js';
import { now } from './record-vectors.js';

/** Where the members of an envelope begin: heads and all. */
export const offsets = {
  version: 1,
  suite: 2,
  mailbox: 3,
  expiryHour: 37,
  nonce: 42,
  ackHash: 76,
  recallHash: 110,
  enc: 144,
  ciphertext: 1267,
} as const;

export async function crateVectors(): Promise<VectorCase[]> {
  const good = await sealRaw();
  return [
    ...(await acceptedVectors(good)),
    ...sizeVectors(good),
    ...formVectors(good),
    ...(await valueVectors(good)),
  ];
}

async function acceptedVectors(good: Uint8Array): Promise<VectorCase[]> {
  const latest = now / 3600 + limits.crateLifetimeHoursMax + limits.clockSkewSecondsMax / 3600;
  const sixteen = await sealRaw({
    message: await signRaw(messageHeader, await messageContent('kelp '.repeat(1000)), alice),
  });
  return [
    await acceptedVector('4 KiB', good, expiryHour),
    await acceptedVector('16 KiB', sixteen, expiryHour),
    await acceptedVector(
      'expires in the next hour',
      await sealRaw({ head: { expiryHour: now / 3600 + 1 } }),
      now / 3600 + 1,
    ),
    await acceptedVector(
      'expires as late as is allowed',
      await sealRaw({ head: { expiryHour: latest } }),
      latest,
    ),
    await acceptedVector(
      'any bytes for a ciphertext, which only the recipient can tell',
      concatBytes(good.subarray(0, offsets.ciphertext + 3), new Uint8Array(4096 - offsets.ciphertext - 3)),
      expiryHour,
    ),
    refusedCrate(
      'expired an hour ago',
      await sealRaw({ head: { expiryHour: now / 3600 - 1 } }),
      'crate-expired',
    ),
    refusedCrate(
      'expires at this second',
      await sealRaw({ head: { expiryHour: now / 3600 } }),
      'crate-expired',
    ),
    refusedCrate('expired in 1970', await sealRaw({ head: { expiryHour: 0 } }), 'crate-expired'),
    refusedCrate(
      'expired in 1970, in a number of one more byte',
      await sealRaw({ head: { expiryHour: 24 } }),
      'crate-expired',
    ),
    refusedCrate(
      'expires an hour too late',
      await sealRaw({ head: { expiryHour: latest + 1 } }),
      'crate-expiry-too-far',
    ),
    refusedCrate(
      'expires at the end of time',
      await sealRaw({ head: { expiryHour: 0xffffffff } }),
      'crate-expiry-too-far',
    ),
  ];
}

function sizeVectors(good: Uint8Array): VectorCase[] {
  const size = (name: string, bytes: Uint8Array): VectorCase =>
    refusedCrate(name, bytes, 'crate-size-invalid');
  return [
    size('no bytes', new Uint8Array(0)),
    size('one byte short', good.subarray(0, good.length - 1)),
    size('one byte more', concatBytes(good, Uint8Array.of(0))),
    size('cut in the middle of enc', good.subarray(0, 1000)),
    size('of 8 KiB, which is no size', concatBytes(good, new Uint8Array(4096))),
    size('of 1 MiB and one byte', new Uint8Array(1024 * 1024 + 1)),
    size('of 2 MiB', new Uint8Array(2 * 1024 * 1024)),
  ];
}

/** Bytes that are no deterministic CBOR of this one array; all of 4 KiB. */
function formVectors(good: Uint8Array): VectorCase[] {
  const { version, suite, mailbox, expiryHour: hour, nonce, ackHash, enc, ciphertext } = offsets;
  const malformed = (name: string, bytes: Uint8Array): VectorCase =>
    refusedCrate(name, fitted(bytes), 'crate-malformed');
  const hourBytes = [...good.subarray(hour + 1, nonce)];
  return [
    malformed('zeros', new Uint8Array(4096)),
    malformed('all bits set', new Uint8Array(4096).fill(0xff)),
    malformed('a record instead of CBOR', new Uint8Array(4096).fill(0x65)),
    malformed('an array of eight', replaced(good, 0, [0x88])),
    malformed('an array of ten', replaced(good, 0, [0x8a])),
    malformed('an array of indefinite length', replaced(good, 0, [0x9f])),
    malformed('an array whose count takes a byte of its own', spliced(good, 0, 1, [0x98, 9])),
    malformed('a map', replaced(good, 0, [0xa9])),
    malformed('a tag around the array', spliced(good, 0, 0, [0xd9, 0xd9, 0xf7])),
    malformed('version in two bytes', spliced(good, version, suite, [0x18, 1])),
    malformed('version a negative number', replaced(good, version, [0x20])),
    malformed('version a text', spliced(good, version, suite, [0x61, 0x31])),
    malformed('version a float', spliced(good, version, suite, [0xf9, 0x3c, 0])),
    malformed('version true', replaced(good, version, [0xf5])),
    malformed('version null', replaced(good, version, [0xf6])),
    malformed(
      'version 2 ** 32, in nine bytes',
      spliced(good, version, suite, [0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
    ),
    malformed('suite 2 ** 32, in nine bytes', spliced(good, suite, mailbox, [0x1b, 0, 0, 0, 1, 0, 0, 0, 0])),
    malformed('suite in nine bytes', spliced(good, suite, mailbox, [0x1b, 0, 0, 0, 0, 0, 0, 0, 1])),
    malformed('suite with reserved additional information', replaced(good, suite, [0x1c])),
    malformed('mailbox a text string', replaced(good, mailbox, [0x78])),
    malformed('mailbox of 31 bytes', spliced(good, mailbox, mailbox + 3, [0x58, 31])),
    malformed('mailbox of 33 bytes', spliced(good, mailbox, mailbox + 2, [0x58, 33, 0])),
    malformed('mailbox whose length takes two bytes', spliced(good, mailbox, mailbox + 2, [0x59, 0, 32])),
    malformed('mailbox of indefinite length', spliced(good, mailbox, mailbox + 2, [0x5f, 0x58, 32])),
    malformed('mailbox and expiryHour in the other order', reordered(good, mailbox, hour, nonce)),
    malformed('suite and mailbox in the other order', reordered(good, suite, mailbox, hour)),
    malformed('recallHash and enc in the other order', reordered(good, offsets.recallHash, enc, ciphertext)),
    malformed('expiryHour in eight bytes', spliced(good, hour, nonce, [0x1b, 0, 0, 0, 0, ...hourBytes])),
    malformed('expiryHour beyond four bytes', spliced(good, hour, nonce, [0x1b, 0, 0, 0, 1, ...hourBytes])),
    malformed('expiryHour a byte string', spliced(good, hour, nonce, [0x44, ...hourBytes])),
    malformed('expiryHour 65535 in four bytes', spliced(good, hour, nonce, [0x1a, 0, 0, 0xff, 0xff])),
    malformed('expiryHour 255 in two bytes', spliced(good, hour, nonce, [0x19, 0, 0xff])),
    malformed('expiryHour 23 in one byte more', spliced(good, hour, nonce, [0x18, 23])),
    malformed('nonce missing', spliced(good, nonce, ackHash, [])),
    malformed('nonce empty', spliced(good, nonce, ackHash, [0x40])),
    malformed('ackHash of 16 bytes', spliced(good, ackHash, ackHash + 18, [0x50])),
    malformed('enc of 1119 bytes', spliced(good, enc, enc + 4, [0x59, 0x04, 0x5f])),
    malformed('enc longer than the envelope', replaced(good, enc, [0x59, 0xff, 0xff])),
    malformed('ciphertext one byte too long', replaced(good, ciphertext + 1, lengthBytes(good, 1))),
    malformed('a byte after the ciphertext', replaced(good, ciphertext + 1, lengthBytes(good, -1))),
    malformed('ciphertext whose length takes four bytes', longCiphertext(good)),
    malformed('ciphertext in chunks', replaced(good, ciphertext, [0x5f, 0x59, 0x0b])),
    malformed('ciphertext empty and bytes after it', replaced(good, ciphertext, [0x40])),
    malformed('ciphertext a text string', replaced(good, ciphertext, [0x79])),
  ];
}

async function valueVectors(good: Uint8Array): Promise<VectorCase[]> {
  const { version, suite, mailbox } = offsets;
  const bob = await bobsMailbox();
  const { nonce } = await randomParts();
  return [
    refusedCrate('version 0', replaced(good, version, [0]), 'crate-version-unsupported'),
    refusedCrate('version 2', replaced(good, version, [2]), 'crate-version-unsupported'),
    refusedCrate('version 2 with ten members', replaced(good, 0, [0x8a, 2]), 'crate-version-unsupported'),
    refusedCrate(
      'version 24',
      fitted(spliced(good, version, suite, [0x18, 24])),
      'crate-version-unsupported',
    ),
    refusedCrate('suite 0', replaced(good, suite, [0]), 'crate-suite-unsupported'),
    refusedCrate('suite 2', replaced(good, suite, [2]), 'crate-suite-unsupported'),
    refusedCrate(
      'mailbox not reduced',
      replaced(good, mailbox + 2, bytesOfHex(`f0${'ff'.repeat(30)}7f`)),
      'crate-mailbox-invalid',
    ),
    ...smallOrderEncodings.map(([name, point]) =>
      refusedCrate(
        `mailbox of small order (${name})`,
        replaced(good, mailbox + 2, bytesOfHex(point)),
        'crate-mailbox-invalid',
      ),
    ),
    {
      name: 'a mailbox that nobody may own, which an archive cannot tell',
      envelope: piecesOf(encodeBase64url(replaced(good, mailbox + 2, nonce))),
      now,
      expect: { ok: true, mailbox: encodeBase64url(nonce) },
    },
    {
      name: 'a nonce that has been exchanged with ackHash, which only the recipient can tell',
      envelope: piecesOf(
        encodeBase64url(reordered(good, offsets.nonce, offsets.ackHash, offsets.recallHash)),
      ),
      now,
      expect: { ok: true, mailbox: bob.signing.x },
    },
  ];
}

async function acceptedVector(name: string, envelope: Uint8Array, hour: number): Promise<VectorCase> {
  const member = (at: number): string => encodeBase64url(envelope.subarray(at + 2, at + 34));
  return {
    name,
    envelope: piecesOf(encodeBase64url(envelope)),
    now,
    expect: {
      ok: true,
      id: await crateIdOf(envelope),
      mailbox: member(offsets.mailbox),
      expiry: hour * 3600,
      nonce: member(offsets.nonce),
      ackHash: member(offsets.ackHash),
      recallHash: member(offsets.recallHash),
      associatedDataBytes: offsets.enc,
    },
  };
}

const refusedCrate = (name: string, envelope: Uint8Array, code: ErrorCode): VectorCase => ({
  name,
  envelope: piecesOf(encodeBase64url(envelope)),
  now,
  expect: { ok: false, code },
});

/** Cut, or filled with zeros, to 4 KiB: nothing but the size is checked before the form. */
function fitted(bytes: Uint8Array): Uint8Array {
  return concatBytes(bytes, new Uint8Array(4096)).subarray(0, 4096);
}

/** The bytes from `first` to `second` and those from there to `end`, exchanged. */
const reordered = (bytes: Uint8Array, first: number, second: number, end: number): Uint8Array =>
  concatBytes(
    bytes.subarray(0, first),
    bytes.subarray(second, end),
    bytes.subarray(first, second),
    bytes.subarray(end),
  );

function lengthBytes(good: Uint8Array, more: number): number[] {
  const length = good.length - offsets.ciphertext - 3 + more;
  return [length >> 8, length & 0xff];
}

function longCiphertext(good: Uint8Array): Uint8Array {
  const [high, low] = lengthBytes(good, -2) as [number, number];
  return spliced(good, offsets.ciphertext, offsets.ciphertext + 3, [0x5a, 0, 0, high, low]);
}
