/**
 * Crates to deposit, made beforehand so that making them costs the measured run nothing: well-formed envelopes of 4 KiB
 * with secrets that fit, round random bytes instead of sealed ones, which no archive can tell from each other.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { collectText, encodeEnvelope, encodeEnvelopeHead } from '@holdfast/protocol';

export interface SampleCrate {
  readonly id: string;
  /** As the frame has it: base64url. */
  readonly envelope: string;
  readonly ackSecret: string;
}

export interface SampleMailbox {
  readonly id: string;
  /** What proves, to an archive on a connection, that this is its owner. */
  readonly signCollect: (archive: string, challenge: string) => string;
}

const sizeBytes = 4096;
const encBytes = 1120;
const lifetimeHours = 48;

export function makeMailbox(): SampleMailbox {
  const pair = generateKeyPairSync('ed25519') as { publicKey: KeyObject; privateKey: KeyObject };
  const id = pair.publicKey.export({ format: 'jwk' }).x!;
  return {
    id,
    signCollect: (archive, challenge) =>
      sign(null, collectText(archive, challenge, id), pair.privateKey).toString('base64url'),
  };
}

export function makeCrate(mailbox: string): SampleCrate {
  const [nonce, ackSecret, recallSecret] = [random(32), random(32), random(32)];
  const key = Buffer.from(mailbox, 'base64url');
  const head = encodeEnvelopeHead({
    mailbox,
    expiryHour: Math.floor(Date.now() / 3_600_000) + lifetimeHours,
    nonce,
    ackHash: hash('holdfast-ack-1', key, nonce, ackSecret),
    recallHash: hash('holdfast-recall-1', key, nonce, recallSecret),
  });
  // Both byte strings have heads of three bytes.
  const ciphertext = random(sizeBytes - head.length - 3 - encBytes - 3);
  const envelope = encodeEnvelope(head, random(encBytes), ciphertext);
  return {
    id: createHash('sha256').update(envelope).digest('base64url'),
    envelope: Buffer.from(envelope).toString('base64url'),
    ackSecret: Buffer.from(ackSecret).toString('base64url'),
  };
}

const random = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size));

const hash = (...parts: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return new Uint8Array(digest.digest());
};
