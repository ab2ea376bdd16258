/** Seals crates with anything in them, also what sealing/ would never seal. */
import { encodeEnvelope, encodeEnvelopeHead, type EnvelopeHead } from '../../crates/envelope.js';
import { ackHashOf, recallHashOf } from '../../crates/secrets.js';
import { decodeBase64urlOf, encodeBase64url } from '../../encoding/base64url.js';
import { encodeUtf8 } from '../../encoding/bytes.js';
import type { MessageContent } from '../../sealing/message.js';
import { padPlaintext } from '../../sealing/plaintext.js';
import { encapsulationSeedBytes, hpke, hpkeInfo, kem } from '../../sealing/suite.js';
import { alice, bobsMailbox } from '../people.js';
import { pseudoRandom, signRaw } from './raw-jws.js';
import { now } from './record-vectors.js';

export const expiryHour = now / 3600 + 24;
export const messageHeader = { alg: 'Ed25519', typ: 'holdfast-message', kid: alice.x };

export async function messageContent(text = 'hello'): Promise<MessageContent> {
  const { signing } = await bobsMailbox();
  return { id: encodeBase64url(await pseudoRandom('message id', 16)), iat: now, to: signing.x, text };
}

export const randomParts = async () => ({
  nonce: await pseudoRandom('nonce', 32),
  ackSecret: await pseudoRandom('ackSecret', 32),
  recallSecret: await pseudoRandom('recallSecret', 32),
  encapsulation: await pseudoRandom('encapsulation', encapsulationSeedBytes),
});

/** What differs from a good crate of Alice's to Bob's mailbox. */
export interface RawCrate {
  readonly message?: string | Uint8Array;
  readonly head?: Partial<EnvelopeHead>;
  readonly kemPublicKey?: string;
  readonly info?: Uint8Array<ArrayBuffer>;
  /** Changes the padded plaintext before it is encrypted. */
  readonly plaintext?: (plaintext: Uint8Array<ArrayBuffer>) => void;
  /** Authenticated instead of the envelope's head. */
  readonly associatedData?: Uint8Array<ArrayBuffer>;
}

export async function sealRaw(raw: RawCrate = {}): Promise<Uint8Array<ArrayBuffer>> {
  const mailbox = await bobsMailbox();
  const { nonce, ackSecret, recallSecret, encapsulation } = await randomParts();
  const head: EnvelopeHead = {
    mailbox: mailbox.signing.x,
    expiryHour,
    nonce,
    ackHash: await ackHashOf(mailbox.signing.x, nonce, ackSecret),
    recallHash: await recallHashOf(mailbox.signing.x, nonce, recallSecret),
    ...raw.head,
  };
  const message = raw.message ?? (await signRaw(messageHeader, await messageContent(), alice));
  const bytes = typeof message === 'string' ? encodeUtf8(message) : message;
  const associatedData = encodeEnvelopeHead(head);
  const plaintext = padPlaintext(ackSecret, bytes, associatedData.length);
  raw.plaintext?.(plaintext);
  const recipientPublicKey = await kem.deserializePublicKey(
    decodeBase64urlOf(raw.kemPublicKey ?? mailbox.kem[0]!.publicKey, 1216)!,
  );
  const sealed = await hpke.seal(
    { recipientPublicKey, info: raw.info ?? hpkeInfo, ekm: encapsulation },
    plaintext,
    raw.associatedData ?? associatedData,
  );
  return encodeEnvelope(associatedData, new Uint8Array(sealed.enc), new Uint8Array(sealed.ct));
}

/** A copy with other bytes from `at` on. */
export function replaced(
  bytes: Uint8Array,
  at: number,
  by: Uint8Array | readonly number[],
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy.set(by, at);
  return copy;
}

/** A copy in which `by` stands for the bytes from `start` to `end`. */
export function spliced(
  bytes: Uint8Array,
  start: number,
  end: number,
  by: readonly number[],
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...bytes.subarray(0, start), ...by, ...bytes.subarray(end)]);
}
