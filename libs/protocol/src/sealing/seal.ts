/** Seals a message into a crate (spec/crates.md, "Sealing"). */
import { EncapError } from '@hpke/core';
import { encodeEnvelope, encodeEnvelopeHead, hashSizeBytes, type EnvelopeHead } from '../crates/envelope.js';
import { ackHashOf, crateIdOf, recallHashOf } from '../crates/secrets.js';
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { encodeUtf8 } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { decodePublicKey, type SigningKey } from '../keys/ed25519.js';
import { kemPublicKeyBytes } from '../mailboxes/keys.js';
import { signMessage, type MessageContent } from './message.js';
import { padPlaintext } from './plaintext.js';
import { encapsulationSeedBytes, hpke, hpkeInfo, kem } from './suite.js';

export interface SealInput extends SealTerms {
  readonly content: MessageContent;
  readonly sender: SigningKey;
}

/** A message that somebody else has signed: a fellow brings it to one of its recipients. */
export interface SealAgainInput extends SealTerms {
  /** `Message.jws`, as it was opened. */
  readonly jws: string;
  /** The mailbox to bring it to. */
  readonly to: string;
}

interface SealTerms {
  /** The key on the mailbox's card, 1216 bytes in base64url. */
  readonly kemPublicKey: string;
  /** Whole hours since 1970-01-01T00:00Z, see `checkExpiry`. */
  readonly expiryHour: number;
  /**
   * Where the nonce, the two secrets and the encapsulation come from, in this order (32, 32, 32, 64 bytes).
   * For vectors only: without it they come from crypto.getRandomValues.
   */
  readonly random?: (length: number) => Uint8Array<ArrayBuffer>;
}

export interface SealedCrate extends EnvelopeHead {
  /** The crate's id. */
  readonly crate: string;
  readonly envelope: Uint8Array<ArrayBuffer>;
  /** base64url. It comes back as the receipt; nobody but the recipient may learn it earlier. */
  readonly ackSecret: string;
  /** base64url. Shown to an archive, it takes the crate back. */
  readonly recallSecret: string;
}

/**
 * Throws `key-invalid` for a mailbox or kemPublicKey that is none, `crate-content-invalid` for a content that the
 * recipient would refuse, and `message-too-large` when the largest crate is too small for it.
 */
export async function sealCrate(input: SealInput): Promise<SealedCrate> {
  requireMailbox(input.content.to);
  return seal(await signMessage(input.content, input.sender), input.content.to, input);
}

/** Throws `key-invalid`, and `message-too-large` when the largest crate is too small for it. */
export async function sealAgain(input: SealAgainInput): Promise<SealedCrate> {
  requireMailbox(input.to);
  return seal(encodeUtf8(input.jws), input.to, input);
}

async function seal(message: Uint8Array, mailbox: string, input: SealTerms): Promise<SealedCrate> {
  const { expiryHour } = input;
  const random = input.random ?? randomBytes;
  const recipientPublicKey = await importKemPublicKey(input.kemPublicKey);
  const nonce = random(hashSizeBytes);
  const ackSecret = random(hashSizeBytes);
  const recallSecret = random(hashSizeBytes);
  const head: EnvelopeHead = {
    mailbox,
    expiryHour,
    nonce,
    ackHash: await ackHashOf(mailbox, nonce, ackSecret),
    recallHash: await recallHashOf(mailbox, nonce, recallSecret),
  };
  const associatedData = encodeEnvelopeHead(head);
  const plaintext = padPlaintext(ackSecret, message, associatedData.length);
  const sealed = await hpke
    .seal(
      {
        recipientPublicKey,
        info: hpkeInfo,
        ...(input.random === undefined ? {} : { ekm: random(encapsulationSeedBytes) }),
      },
      plaintext,
      associatedData,
    )
    .catch((cause: unknown) => {
      // Anything else, such as a browser without WebCrypto, says nothing about the key.
      if (!(cause instanceof EncapError)) throw cause;
      throw new HoldfastError('key-invalid', 'Nothing can be sealed to this KEM key.', {}, { cause });
    });
  const envelope = encodeEnvelope(associatedData, new Uint8Array(sealed.enc), new Uint8Array(sealed.ct));
  return {
    ...head,
    crate: await crateIdOf(envelope),
    envelope,
    ackSecret: encodeBase64url(ackSecret),
    recallSecret: encodeBase64url(recallSecret),
  };
}

function requireMailbox(text: string): void {
  if (decodePublicKey(text) !== undefined) return;
  throw new HoldfastError('key-invalid', 'The mailbox is not an acceptable Ed25519 public key in base64url.');
}

async function importKemPublicKey(text: string): Promise<CryptoKey> {
  const bytes = decodeBase64urlOf(text, kemPublicKeyBytes);
  if (bytes === undefined) {
    throw new HoldfastError('key-invalid', `A KEM key is ${kemPublicKeyBytes} bytes in base64url.`);
  }
  return kem.deserializePublicKey(bytes);
}

const randomBytes = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));
