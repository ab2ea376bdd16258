/** Crates for tests: real envelopes with known secrets round random ciphertext, which nobody needs to open here. */
import { randomBytes } from 'node:crypto';
import {
  ackHashOf,
  crateIdOf,
  encodeBase64url,
  encodeEnvelope,
  encodeEnvelopeHead,
  generatePrivateJwk,
  recallHashOf,
  signingKeyFromJwk,
  type SigningKey,
} from '@holdfast/protocol';

export interface SampleCrate {
  readonly id: string;
  readonly mailbox: string;
  readonly envelope: Uint8Array<ArrayBuffer>;
  readonly expiryHour: number;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly ackHash: Uint8Array<ArrayBuffer>;
  readonly recallHash: Uint8Array<ArrayBuffer>;
  readonly ackSecret: Uint8Array<ArrayBuffer>;
  readonly recallSecret: Uint8Array<ArrayBuffer>;
}

export interface SampleOptions {
  readonly sizeBytes?: number;
  readonly expiryHour?: number;
}

const encSizeBytes = 1120;

export const hourNow = (): number => Math.floor(Date.now() / 3_600_000);

/** A mailbox is a key of its own. */
export const sampleMailbox = async (): Promise<SigningKey> => signingKeyFromJwk(await generatePrivateJwk());

export async function sampleCrate(mailbox: string, options: SampleOptions = {}): Promise<SampleCrate> {
  const { sizeBytes = 4096, expiryHour = hourNow() + 24 } = options;
  const nonce = random(32);
  const ackSecret = random(32);
  const recallSecret = random(32);
  const ackHash = await ackHashOf(mailbox, nonce, ackSecret);
  const recallHash = await recallHashOf(mailbox, nonce, recallSecret);
  const head = encodeEnvelopeHead({ mailbox, expiryHour, nonce, ackHash, recallHash });
  // The byte string's head takes one byte when it is empty, and three or five at these sizes.
  const empty = encodeEnvelope(head, random(encSizeBytes), new Uint8Array());
  const headBytes = sizeBytes > 65_536 + empty.length ? 5 : 3;
  const ciphertext = random(sizeBytes - (empty.length - 1) - headBytes);
  const envelope = encodeEnvelope(head, random(encSizeBytes), ciphertext);
  const id = await crateIdOf(envelope);
  return { id, mailbox, envelope, expiryHour, nonce, ackHash, recallHash, ackSecret, recallSecret };
}

/** One after the other, so that their ids are known in the order of their making. */
export async function sampleCrates(
  mailbox: string,
  count: number,
  options?: SampleOptions,
): Promise<SampleCrate[]> {
  const crates: SampleCrate[] = [];
  for (let i = 0; i < count; i++) crates.push(await sampleCrate(mailbox, options));
  return crates;
}

export const text = (bytes: Uint8Array): string => encodeBase64url(bytes);

const random = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size));
