/** The HPKE implementation against RFC 9180's vectors, and our crates against a second implementation. */
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { describe, expect, it } from '@jest/globals';
import { AEAD_AES_256_GCM, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from '@panva/hpke-noble';
import * as second from 'hpke';
import { encodeEnvelope, encodeEnvelopeHead, parseEnvelope } from '../crates/envelope.js';
import { ackHashOf } from '../crates/secrets.js';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';
import { decodeUtf8, encodeUtf8 } from '../encoding/bytes.js';
import { valueOf } from '../errors/result.js';
import { signingKeyFromJwk } from '../keys/ed25519.js';
import { expiryHour, messageContent, messageHeader } from '../vectors/generate/raw-crate.js';
import { signRaw } from '../vectors/generate/raw-jws.js';
import { alice, bobsMailbox } from '../vectors/people.js';
import { bytesOfHex, hexOf } from '../vectors/vector-file.js';
import { openCrate } from './open.js';
import { padPlaintext } from './plaintext.js';
import { sealCrate } from './seal.js';

/** RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode. */
const rfc9180 = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  skEm: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
  pkEm: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
  sealed: [
    {
      aad: '436f756e742d30',
      ct: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    },
    {
      aad: '436f756e742d31',
      ct: 'af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84',
    },
  ],
  exported: '3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee',
} as const;

const hex = (buffer: ArrayBuffer) => hexOf(new Uint8Array(buffer));

describe('HPKE', () => {
  const kem = new DhkemX25519HkdfSha256();
  const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes128Gcm() });
  const keyPair = async (secret: string, open: string) => ({
    privateKey: await kem.importKey('raw', bytesOfHex(secret).buffer, false),
    publicKey: await kem.importKey('raw', bytesOfHex(open).buffer, true),
  });

  it("seals as RFC 9180's appendix A.1.1 says", async () => {
    const recipient = await keyPair(rfc9180.skRm, rfc9180.pkRm);
    const sender = await suite.createSenderContext({
      recipientPublicKey: recipient.publicKey,
      info: bytesOfHex(rfc9180.info),
      ekm: await keyPair(rfc9180.skEm, rfc9180.pkEm),
    });
    expect(hex(sender.enc)).toBe(rfc9180.pkEm);
    for (const { aad, ct } of rfc9180.sealed) {
      expect(hex(await sender.seal(bytesOfHex(rfc9180.plaintext), bytesOfHex(aad)))).toBe(ct);
    }
    expect(hex(await sender.export(new Uint8Array(0), 32))).toBe(rfc9180.exported);
  });

  it("opens what RFC 9180's appendix A.1.1 sealed", async () => {
    const recipient = await suite.createRecipientContext({
      recipientKey: await keyPair(rfc9180.skRm, rfc9180.pkRm),
      enc: bytesOfHex(rfc9180.pkEm),
      info: bytesOfHex(rfc9180.info),
    });
    for (const { aad, ct } of rfc9180.sealed) {
      expect(hex(await recipient.open(bytesOfHex(ct), bytesOfHex(aad)))).toBe(rfc9180.plaintext);
    }
  });
});

describe('a second implementation of X-Wing and HPKE', () => {
  const other = new second.CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  const info = encodeUtf8('holdfast-crate-1');

  it('opens with our seed what it seals to our public key', async () => {
    const { kem } = await bobsMailbox();
    const privateKey = decodeBase64url(kem[0]!.privateKey)!;
    const key = await other.DeserializePrivateKey(privateKey, true);
    const publicKey = decodeBase64url(kem[0]!.publicKey)!;
    const { encapsulatedSecret, ciphertext } = await other.Seal(
      await other.DeserializePublicKey(publicKey),
      encodeUtf8('kelp'),
    );
    expect(decodeUtf8(await other.Open(key, encapsulatedSecret, ciphertext))).toBe('kelp');
    expect(publicKey).toHaveLength(other.KEM.Npk);
  });

  it('opens our crates', async () => {
    const mailbox = await bobsMailbox();
    const content = await messageContent('from here to there');
    const { envelope, ackSecret } = await sealCrate({
      content,
      sender: await signingKeyFromJwk(alice),
      kemPublicKey: mailbox.kem[0]!.publicKey,
      expiryHour,
    });
    const { enc, ciphertext, associatedData } = valueOf(parseEnvelope(envelope));
    const privateKey = await other.DeserializePrivateKey(decodeBase64url(mailbox.kem[0]!.privateKey)!);
    const plaintext = await other.Open(privateKey, enc, ciphertext, { info, aad: associatedData });
    expect(encodeBase64url(plaintext.subarray(0, 32))).toBe(ackSecret);
    const length = Buffer.from(plaintext).readUInt32BE(32);
    const message = decodeUtf8(plaintext.subarray(36, 36 + length))!;
    expect(JSON.parse(decodeUtf8(decodeBase64url(message.split('.')[1]!)!)!)).toEqual(content);
  });

  it('seals crates that open here', async () => {
    const mailbox = await bobsMailbox();
    const content = await messageContent('from there to here');
    const nonce = crypto.getRandomValues(new Uint8Array(32));
    const ackSecret = crypto.getRandomValues(new Uint8Array(32));
    const head = {
      mailbox: mailbox.signing.x,
      expiryHour,
      nonce,
      ackHash: await ackHashOf(mailbox.signing.x, nonce, ackSecret),
      recallHash: new Uint8Array(32),
    };
    const aad = encodeEnvelopeHead(head);
    const message = encodeUtf8(await signRaw(messageHeader, content, alice));
    const { encapsulatedSecret, ciphertext } = await other.Seal(
      await other.DeserializePublicKey(decodeBase64url(mailbox.kem[0]!.publicKey)!),
      padPlaintext(ackSecret, message, aad.length),
      { info, aad },
    );
    const envelope = encodeEnvelope(aad, encapsulatedSecret, ciphertext);
    const opened = await openCrate(envelope, { mailbox: mailbox.signing.x, kem: mailbox.kem });
    expect(valueOf(opened)).toMatchObject({
      sender: alice.x,
      content,
      ackSecret: encodeBase64url(ackSecret),
    });
  });
});
