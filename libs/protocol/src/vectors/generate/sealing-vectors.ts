/** vectors/sealing.json and vectors/opening.json: what goes into a crate, and what comes out of it. */
import { crateIdOf } from '../../crates/secrets.js';
import { encodeBase64url } from '../../encoding/base64url.js';
import { encodeUtf8 } from '../../encoding/bytes.js';
import type { ErrorCode } from '../../errors/codes.js';
import type { KemKeys } from '../../mailboxes/keys.js';
import { alice, bob, bobsMailbox, carolsMailbox } from '../people.js';
import { piecesOf, type VectorCase } from '../vector-file.js';
import { offsets } from './crate-vectors.js';
import { messageContent, messageHeader, randomParts, replaced, sealRaw, expiryHour } from './raw-crate.js';
import { pseudoRandom, signRaw, type RawPart } from './raw-jws.js';
import { header as recordHeader, payload as recordPayload } from './record-vectors.js';

export async function openingKeys(): Promise<Record<string, KemKeys>> {
  const [mine, others] = [await bobsMailbox(), await carolsMailbox()];
  return { newer: mine.kem[0]!, older: mine.kem[1]!, carols: others.kem[0]! };
}

export async function sealingVectors(): Promise<VectorCase[]> {
  const mailbox = await bobsMailbox();
  const parts = await randomParts();
  const random = Object.fromEntries(
    Object.entries(parts).map(([name, bytes]) => [name, encodeBase64url(bytes)]),
  );
  const sealed = async (name: string, content: object): Promise<VectorCase> => {
    const envelope = await sealRaw({ message: await signRaw(messageHeader, content, alice) });
    return {
      name,
      content,
      sender: alice,
      kemPublicKey: mailbox.kem[0]!.publicKey,
      expiryHour,
      random,
      expect: { ok: true, id: await crateIdOf(envelope), envelope: encodeBase64url(envelope) },
    };
  };
  return [
    await sealed('a short message', await messageContent()),
    await sealed('a message with siblings', {
      ...(await messageContent('Grüße an alle')),
      siblings: [encodeBase64url(await pseudoRandom('sibling', 32))],
    }),
    await sealed('a message with its recipient and a pairwise address', {
      ...(await messageContent()),
      recipients: [bob.x],
      reply: { mailbox: (await carolsMailbox()).signing.x, device: mailbox.signing.x },
    }),
    await sealed('a message for 16 KiB', await messageContent('Lorem ipsum. '.repeat(400))),
  ];
}

export async function openingVectors(): Promise<VectorCase[]> {
  return [...(await acceptedVectors()), ...(await closedVectors()), ...(await insideVectors())];
}

async function acceptedVectors(): Promise<VectorCase[]> {
  const older = (await bobsMailbox()).kem[1]!;
  const sibling = encodeBase64url(await pseudoRandom('sibling', 32));
  return [
    await messageOpened('a short message', await messageContent()),
    await messageOpened('a message without text', await messageContent('')),
    await messageOpened('a message in many scripts', await messageContent('Grüße, привет, 你好, 𝄞, \u0000')),
    await messageOpened('a message with siblings', { ...(await messageContent()), siblings: [sibling] }),
    await messageOpened('an empty list of siblings', { ...(await messageContent()), siblings: [] }),
    await messageOpened('a message that fills 4 KiB to the last byte', await fillingContent(4096)),
    await messageOpened('a message from 1970', { ...(await messageContent()), iat: 0 }),
    await messageOpened('sealed to the older key', await messageContent(), { kemPublicKey: older.publicKey }),
  ];
}

/** Crates that do not open. */
async function closedVectors(): Promise<VectorCase[]> {
  const good = await sealRaw();
  const carol = await carolsMailbox();
  const flipped = (at: number): Uint8Array => replaced(good, at, [good[at]! ^ 1]);
  const closed = (name: string, envelope: Uint8Array, kem = ['newer', 'older']): Promise<VectorCase> =>
    refusedCrate(name, envelope, 'crate-undecryptable', { kem });
  return [
    await closed("another mailbox's key", good, ['carols']),
    await closed('the older key alone', good, ['older']),
    await closed('no key', good, []),
    await closed('another expiryHour', flipped(offsets.nonce - 1)),
    await closed('another nonce', flipped(offsets.nonce + 2)),
    await closed('another ackHash', flipped(offsets.ackHash + 33)),
    await closed('another recallHash', flipped(offsets.recallHash + 20)),
    await closed('the ML-KEM half of enc changed', flipped(offsets.enc + 3)),
    await closed('the X25519 half of enc changed', flipped(offsets.enc + 3 + 1119)),
    await closed('the X25519 half of enc zero', replaced(good, offsets.enc + 3 + 1088, new Uint8Array(32))),
    await closed('enc all zero', replaced(good, offsets.enc + 3, new Uint8Array(1120))),
    await closed('enc all bits set', replaced(good, offsets.enc + 3, new Uint8Array(1120).fill(0xff))),
    await closed('the first byte of the ciphertext changed', flipped(offsets.ciphertext + 3)),
    await closed('the last byte of the tag changed', flipped(4095)),
    await closed('another info', await sealRaw({ info: encodeUtf8('holdfast-crate-2') })),
    await closed('no info', await sealRaw({ info: new Uint8Array(0) })),
    await closed('no associated data', await sealRaw({ associatedData: new Uint8Array(0) })),
    await closed("sealed to Carol's key", await sealRaw({ kemPublicKey: carol.kem[0]!.publicKey })),
    await refusedCrate(
      'addressed to another mailbox',
      await sealRaw({ head: { mailbox: carol.signing.x } }),
      'crate-mailbox-foreign',
    ),
    await refusedCrate('cut short', good.subarray(0, 4095), 'crate-size-invalid'),
    await refusedCrate('another version', replaced(good, offsets.version, [2]), 'crate-version-unsupported'),
  ];
}

/** Crates that open, and hold what must not be acknowledged. */
async function insideVectors(): Promise<VectorCase[]> {
  const good = await messageContent();
  const inside = async (
    name: string,
    plaintext: (bytes: Uint8Array<ArrayBuffer>) => void,
  ): Promise<VectorCase> => refusedCrate(name, await sealRaw({ plaintext }), 'crate-content-invalid');
  const length = (bytes: Uint8Array<ArrayBuffer>, value: number): void =>
    new DataView(bytes.buffer).setUint32(32, value);
  const message = async (
    name: string,
    content: RawPart,
    head: RawPart = messageHeader,
    signer = alice,
  ): Promise<VectorCase> =>
    refusedCrate(
      name,
      await sealRaw({ message: await signRaw(head, content, signer) }),
      'crate-content-invalid',
    );
  const bytes = async (name: string, content: string | Uint8Array): Promise<VectorCase> =>
    refusedCrate(name, await sealRaw({ message: content }), 'crate-content-invalid');
  const jws = await signRaw(messageHeader, good, alice);
  const text = JSON.stringify(good);
  const siblings = await Promise.all(
    Array.from({ length: 64 }, async (_, i) => encodeBase64url(await pseudoRandom(`sibling ${i}`, 32))),
  );
  const foreign = await sealRaw({ head: { ackHash: await pseudoRandom('no such secret', 32) } });
  const swapped = await sealRaw({ plaintext: (plain) => (plain[0]! ^= 1) });
  return [
    await refusedCrate('an ackHash that fits no secret', foreign, 'crate-receipt-mismatch'),
    await refusedCrate('a secret that does not fit ackHash', swapped, 'crate-receipt-mismatch'),
    await inside('a byte of padding that is not zero', (plain) => (plain[plain.length - 1] = 1)),
    await inside('a message that is said to be longer', (plain) => length(plain, jws.length + 1)),
    await inside('a message that is said to be shorter', (plain) => length(plain, jws.length - 1)),
    await inside('a message that is said to be longer than the crate', (plain) =>
      length(plain, plain.length),
    ),
    await inside('a message of 4 GiB', (plain) => length(plain, 0xffffffff)),
    await inside('a message of no bytes', (plain) => plain.fill(0, 32)),
    await bytes('a message that is no JWS', 'hello'),
    await bytes('a message that is not UTF-8', Uint8Array.of(0xff, 0xfe)),
    await bytes('a line break after the message', `${jws}\n`),
    await bytes('padding after the signature', `${jws}==`),
    await bytes('a fourth part', `${jws}.AAAA`),
    await bytes('a record instead of a message', await signRaw(recordHeader, recordPayload, alice)),
    await message('typ of a record', good, recordHeader),
    await message('algorithm EdDSA', good, { ...messageHeader, alg: 'EdDSA' }),
    await message('algorithm none', good, { ...messageHeader, alg: 'none' }),
    await message('a further header member', good, { ...messageHeader, cty: 'text' }),
    await message('kid twice', good, `${JSON.stringify(messageHeader).slice(0, -1)},"kid":"${bob.x}"}`),
    await message(
      "the kid of somebody else than the signer: Alice's, signed by Bob",
      good,
      messageHeader,
      bob,
    ),
    await message('kid of small order', good, { ...messageHeader, kid: 'A'.repeat(43) }),
    await message('addressed to another mailbox inside than outside', {
      ...good,
      to: (await carolsMailbox()).signing.x,
    }),
    await message('to missing', { ...good, to: undefined }),
    await message('text missing', { ...good, text: undefined }),
    await message('text a number', { ...good, text: 7 }),
    await message('text with a lone surrogate', text.replace('hello', '\\ud834')),
    await message('id missing', { ...good, id: undefined }),
    await message('id of 15 bytes', { ...good, id: good.id.slice(0, 20) }),
    await message('iat with a fraction', { ...good, iat: 1.5 }),
    await message('iat missing', { ...good, iat: undefined }),
    await message('an unknown member', { ...good, subject: 'hello' }),
    await message('a member twice', `${text.slice(0, -1)},"text":"other"}`),
    await message('siblings a text', { ...good, siblings: siblings[0] }),
    await message('a sibling twice', { ...good, siblings: [siblings[0], siblings[0]] }),
    await message('a sibling of a wrong length', { ...good, siblings: ['AAAA'] }),
    await message('64 siblings', { ...good, siblings }),
    await message('siblings nested', { ...good, siblings: [[siblings[0]]] }),
    await message('an array', [good]),
    await message('null', 'null'),
  ];
}

/** @param more `owner`: the identity that the mailbox belongs to */
export async function messageOpened(
  name: string,
  content: object,
  { kemPublicKey, owner }: { kemPublicKey?: string; owner?: string } = {},
): Promise<VectorCase> {
  const jws = await signRaw(messageHeader, content, alice);
  const envelope = await sealRaw({ message: jws, ...(kemPublicKey === undefined ? {} : { kemPublicKey }) });
  const { ackSecret } = await randomParts();
  return {
    name,
    envelope: piecesOf(encodeBase64url(envelope)),
    mailbox: (await bobsMailbox()).signing.x,
    kem: ['newer', 'older'],
    ...(owner === undefined ? {} : { owner }),
    expect: {
      ok: true,
      crate: await crateIdOf(envelope),
      sender: alice.x,
      content,
      ackSecret: encodeBase64url(ackSecret),
    },
  };
}

async function refusedCrate(
  name: string,
  envelope: Uint8Array,
  code: ErrorCode,
  { kem = ['newer', 'older'] } = {},
): Promise<VectorCase> {
  const mailbox = (await bobsMailbox()).signing.x;
  return { name, envelope: piecesOf(encodeBase64url(envelope)), mailbox, kem, expect: { ok: false, code } };
}

/** A crate that opens, with a message of Alice's that must not be taken. */
export async function messageRefused(
  name: string,
  content: RawPart,
  more: { owner?: string } = {},
): Promise<VectorCase> {
  const envelope = await sealRaw({ message: await signRaw(messageHeader, content, alice) });
  return { ...(await refusedCrate(name, envelope, 'crate-content-invalid')), ...more };
}

/** A content whose message leaves no padding in a crate of this size. */
async function fillingContent(sizeBytes: number): Promise<object> {
  const room = sizeBytes - offsets.ciphertext - 3 - 16 - 36;
  const sizeOf = async (length: number): Promise<number> =>
    (await signRaw(messageHeader, await messageContent('x'.repeat(length)), alice)).length;
  let length = Math.floor(((room - (await sizeOf(0))) * 3) / 4);
  while ((await sizeOf(length)) < room) length++;
  if ((await sizeOf(length)) !== room) throw new Error('No message fills this crate to the last byte.');
  return messageContent('x'.repeat(length));
}
