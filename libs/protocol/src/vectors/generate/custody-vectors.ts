/** vectors/custody.json and vectors/departures.json: what archives promise, and what lets a crate go. */
import { ackHashOf, crateIdOf, recallHashOf } from '../../crates/secrets.js';
import type { Way } from '../../crates/departure.js';
import { encodeBase64url } from '../../encoding/base64url.js';
import { limits } from '../../limits.js';
import { signingKeyFromJwk, type PrivateJwk } from '../../keys/ed25519.js';
import { cardText, collectText, discardText } from '../../mailboxes/proofs.js';
import { alice, bob, bobsMailbox, carolsMailbox } from '../people.js';
import { piecesOf, type VectorCase } from '../vector-file.js';
import { signatureUnderNeutralKey, withUnreducedS } from './forgeries.js';
import { expiryHour, messageHeader, randomParts, sealRaw } from './raw-crate.js';
import { notCanonical, pseudoRandom, signingInputOf, signRaw, type RawPart } from './raw-jws.js';
import { header as recordHeader, now } from './record-vectors.js';

/** Bob's key is the archive's in these. */
const header = { alg: 'Ed25519', typ: 'holdfast-custody', kid: bob.x };
const latest = now + limits.clockSkewSecondsMax;

export async function custodyVectors(): Promise<VectorCase[]> {
  const crate = await crateIdOf(await sealRaw());
  const terms = { crate, sizeBytes: 4096, expiryHour };
  const payload = { ...terms, iat: now };
  const text = JSON.stringify(payload);
  const jws = await signRaw(header, payload, bob);
  const one = (name: string, receipt: string, iat?: number): VectorCase => ({
    name,
    custody: piecesOf(receipt),
    ...terms,
    now,
    expect:
      iat === undefined
        ? { ok: false, code: 'custody-invalid' }
        : { ok: true, archive: bob.x, iat, ...terms },
  });
  const signed = async (name: string, content: RawPart, iat?: number, head: RawPart = header, signer = bob) =>
    one(name, await signRaw(head, content, signer), iat);
  const other = encodeBase64url(await pseudoRandom('another crate', 32));
  const [input, signature] = [jws.slice(0, jws.lastIndexOf('.')), jws.slice(jws.lastIndexOf('.') + 1)];
  return [
    one('a custody receipt', jws, now),
    await signed('dated 12 hours ahead', { ...payload, iat: latest }, latest),
    await signed('dated long ago', { ...payload, iat: 0 }, 0),
    await signed('members in another order', { iat: now, expiryHour, sizeBytes: 4096, crate }, now),
    await signed('white space', JSON.stringify(payload, null, 1), now),
    await signed('dated 12 hours and a second ahead', { ...payload, iat: latest + 1 }),
    await signed('for another crate', { ...payload, crate: other }),
    await signed('of another size', { ...payload, sizeBytes: 16_384 }),
    await signed('of an earlier expiry', { ...payload, expiryHour: expiryHour - 1 }),
    await signed('of a later expiry', { ...payload, expiryHour: expiryHour + 1 }),
    await signed('the size a text', { ...payload, sizeBytes: '4096' }),
    await signed('the crate missing', { ...payload, crate: undefined }),
    await signed('the size missing', { ...payload, sizeBytes: undefined }),
    await signed('the expiry missing', { ...payload, expiryHour: undefined }),
    await signed('iat missing', { ...payload, iat: undefined }),
    await signed('iat with a fraction', { ...payload, iat: now + 0.5 }),
    await signed('iat negative', { ...payload, iat: -1 }),
    await signed('iat a text', { ...payload, iat: String(now) }),
    await signed('a further member', { ...payload, until: now }),
    await signed('a member __proto__', `${text.slice(0, -1)},"__proto__":{}}`),
    await signed('a member nested', { ...payload, iat: [now] }),
    await signed('a member twice', `${text.slice(0, -1)},"crate":"${crate}"}`),
    await signed('an array', [payload]),
    await signed('null', 'null'),
    await signed('no JSON', 'custody'),
    await signed('signed by somebody else than kid names', payload, undefined, header, alice),
    await signed('typ of a message', payload, undefined, { ...messageHeader, kid: bob.x }),
    await signed('typ of a record', payload, undefined, { ...recordHeader, kid: bob.x }),
    await signed('typ missing', payload, undefined, { alg: 'Ed25519', kid: bob.x }),
    await signed('algorithm EdDSA', payload, undefined, { ...header, alg: 'EdDSA' }),
    await signed('algorithm none', payload, undefined, { ...header, alg: 'none' }),
    await signed('a further header member', payload, undefined, {
      ...header,
      jku: 'https://archive.example',
    }),
    await signed('kid of small order', payload, undefined, { ...header, kid: 'A'.repeat(43) }),
    one(
      'a key that signs everything',
      `${signingInputOf({ ...header, kid: neutralKid }, payload)}.${encodeBase64url(await signatureUnderNeutralKey(alice))}`,
    ),
    one('S not reduced', `${input}.${encodeBase64url(withUnreducedS(await signatureBytesOf(input)))}`),
    one('the signature not canonical', `${input}.${notCanonical(signature)}`),
    one('the signature of another receipt', `${input}.${(await signRaw(header, terms, bob)).split('.')[2]!}`),
    one('no signature', `${input}.`),
    one('a fourth part', `${jws}.AAAA`),
    one('padding', `${jws}==`),
    one('a line break after it', `${jws}\n`),
    one('nothing', ''),
    await signed('longer than 1,024 characters', `${text}${' '.repeat(600)}`),
  ];
}

/** base64url of the neutral point. */
const neutralKid = `AQ${'A'.repeat(41)}`;

async function signatureBytesOf(signingInput: string): Promise<Uint8Array> {
  const key = await signingKeyFromJwk(bob);
  return key.sign(new TextEncoder().encode(signingInput));
}

export async function departureVectors(): Promise<VectorCase[]> {
  const mailbox = (await bobsMailbox()).signing;
  const carols = (await carolsMailbox()).signing;
  const { nonce, ackSecret, recallSecret } = await randomParts();
  const crate = {
    id: await crateIdOf(await sealRaw()),
    mailbox: mailbox.x,
    nonce: encodeBase64url(nonce),
    ackHash: encodeBase64url(await ackHashOf(mailbox.x, nonce, ackSecret)),
    recallHash: encodeBase64url(await recallHashOf(mailbox.x, nonce, recallSecret)),
  };
  const otherCrate = encodeBase64url(await pseudoRandom('another crate', 32));
  const one = (name: string, way: Way, proof: Uint8Array | string, ok = false, more = {}): VectorCase => ({
    name,
    ...crate,
    ...more,
    way,
    proof: typeof proof === 'string' ? proof : encodeBase64url(proof),
    expect: { ok },
  });
  const otherNonce = encodeBase64url(await pseudoRandom('another nonce', 32));
  const discard = await signatureOf(discardText(crate.id), mailbox);
  return [
    one('the receipt', 'ack', ackSecret, true),
    one('the signature of the mailbox', 'discard', discard, true),
    one('the recall secret', 'recall', recallSecret, true),
    one('the receipt of a crate whose other members differ', 'ack', ackSecret, true, {
      recallHash: otherNonce,
    }),
    one('the recall secret for a receipt', 'ack', recallSecret),
    one('the receipt for a recall', 'recall', ackSecret),
    one('the signature for a receipt', 'ack', discard),
    one('the signature for a recall', 'recall', discard),
    one('the receipt for a signature', 'discard', ackSecret),
    one('the receipt of a crate with another nonce', 'ack', ackSecret, false, { nonce: otherNonce }),
    one('the recall secret of a crate with another nonce', 'recall', recallSecret, false, {
      nonce: otherNonce,
    }),
    one("the receipt of another mailbox's crate", 'ack', ackSecret, false, { mailbox: carols.x }),
    one("the recall secret of another mailbox's crate", 'recall', recallSecret, false, { mailbox: carols.x }),
    one('the signature for another crate', 'discard', await signatureOf(discardText(otherCrate), mailbox)),
    one('the signature shown for another crate', 'discard', discard, false, { id: otherCrate }),
    one('the signature of another mailbox', 'discard', await signatureOf(discardText(crate.id), carols)),
    one("the signature of the owner's identity", 'discard', await signatureOf(discardText(crate.id), bob)),
    one('a card proof', 'discard', await signatureOf(cardText(crate.id), mailbox)),
    one(
      'a signature over the collect text',
      'discard',
      await signatureOf(collectText(bob.x, crate.id, mailbox.x), mailbox),
    ),
    one(
      'a signature whose S is not reduced',
      'discard',
      withUnreducedS(await bytesOfSignature(crate.id, mailbox)),
    ),
    one('any 32 bytes for a receipt', 'ack', otherCrate),
    one('any 32 bytes for a recall', 'recall', otherCrate),
    one('the ackHash for the receipt', 'ack', crate.ackHash),
    one('the recallHash for the recall secret', 'recall', crate.recallHash),
    one('a receipt of 31 bytes', 'ack', ackSecret.slice(1)),
    one('a signature of 63 bytes', 'discard', (await bytesOfSignature(crate.id, mailbox)).slice(1)),
    one('nothing for a receipt', 'ack', ''),
    one('nothing for a signature', 'discard', ''),
    one('nothing for a recall', 'recall', ''),
  ];
}

const bytesOfSignature = async (crate: string, signer: PrivateJwk): Promise<Uint8Array> =>
  (await signingKeyFromJwk(signer)).sign(discardText(crate));

async function signatureOf(text: Uint8Array, signer: PrivateJwk): Promise<string> {
  return encodeBase64url(await (await signingKeyFromJwk(signer)).sign(text));
}
