import { encodeBase64url } from '../encoding/base64url.js';
import { generatePrivateJwk } from '../keys/ed25519.js';
import { kemPrivateKeyBytes, type KemKeys, type MailboxKeys } from '../mailboxes/keys.js';
import { kem } from './suite.js';

export async function generateMailboxKeys(): Promise<MailboxKeys> {
  return { signing: await generatePrivateJwk(), kem: await generateKemKeys() };
}

/** A new key pair for a mailbox that keeps its id: crates on the way may still be sealed to the old one. */
export async function generateKemKeys(): Promise<KemKeys> {
  const seed = crypto.getRandomValues(new Uint8Array(kemPrivateKeyBytes));
  return kemKeysFromSeed(seed);
}

/** The X-Wing key pair of a seed of 32 bytes. */
export async function kemKeysFromSeed(seed: Uint8Array<ArrayBuffer>): Promise<KemKeys> {
  const pair = await kem.generateKeyPairDerand(seed);
  const publicKey = new Uint8Array(await kem.serializePublicKey(pair.publicKey));
  return { suite: 1, publicKey: encodeBase64url(publicKey), privateKey: encodeBase64url(seed) };
}
