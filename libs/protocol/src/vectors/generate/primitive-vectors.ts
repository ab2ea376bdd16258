/** vectors/base64url.json, vectors/public-keys.json and vectors/signatures.json: what everything else stands on. */
import { decodeBase64urlOf } from '../../encoding/base64url.js';
import { concatBytes, encodeUtf8 } from '../../encoding/bytes.js';
import { signingKeyFromJwk, type PrivateJwk } from '../../keys/ed25519.js';
import { alice, bob } from '../people.js';
import { bytesOfHex, hexOf, type VectorCase } from '../vector-file.js';
import {
  neutralPoint,
  signatureUnderNeutralKey,
  signatureWithNeutralR,
  smallOrderEncodings,
  withUnreducedS,
} from './forgeries.js';
import { mixedOrderSignatures } from './mixed-order.js';

export function base64urlVectors(): VectorCase[] {
  const good = (name: string, text: string, hex: string): VectorCase => ({
    name,
    text,
    expect: { ok: true, hex, again: text },
  });
  const bad = (name: string, text: string): VectorCase => ({ name, text, expect: { ok: false } });
  return [
    good('no bytes', '', ''),
    good('one byte', 'Zg', '66'),
    good('two bytes', 'Zm8', '666f'),
    good('three bytes', 'Zm9v', '666f6f'),
    good('four bytes', 'Zm9vYg', '666f6f62'),
    good('five bytes', 'Zm9vYmE', '666f6f6261'),
    good('six bytes', 'Zm9vYmFy', '666f6f626172'),
    good('both characters of its own', '-_-_', 'fbffbf'),
    good('zeros', 'AAAA', '000000'),
    bad('one character', 'A'),
    bad('five characters', 'AAAAA'),
    bad('two characters of padding', 'Zg=='),
    bad('one character of padding', 'Zm8='),
    bad('nothing but padding', '===='),
    bad('unused bits set after one byte', 'Zh'),
    bad('all unused bits set after one byte', 'Zv'),
    bad('unused bits set after two bytes', 'Zm9'),
    bad('base64, plus', 'ab+c'),
    bad('base64, slash', 'ab/c'),
    bad('a space inside', 'Zm 9v'),
    bad('a line break at the end', 'Zm9v\n'),
    bad('a dot', 'Zm9.'),
    bad('a letter beyond ASCII', 'Zm9ä'),
    bad('a full-width letter', 'Zm9Ａ'),
    bad('a code unit that ends like a letter', 'Zm9\u0141'),
    bad('U+0000', 'Zm9\u0000'),
  ];
}

export function publicKeyVectors(): VectorCase[] {
  const raw = decodeBase64urlOf(alice.x, 32)!;
  const key = (name: string, publicKey: string, ok: boolean): VectorCase => ({
    name,
    publicKey,
    expect: { ok },
  });
  return [
    key("Alice's", hexOf(raw), true),
    key("RFC 8032's first", 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', true),
    key('the base point', '58' + '66'.repeat(31), true),
    key('y = 2', '02' + '00'.repeat(31), true),
    key('y = p - 2', 'eb' + 'ff'.repeat(30) + '7f', true),
    key('no bytes', '', false),
    key('31 bytes', hexOf(raw.subarray(1)), false),
    key('33 bytes', `${hexOf(raw)}00`, false),
    key('y = p + 2, not reduced', 'ef' + 'ff'.repeat(30) + '7f', false),
    key('y = 2^255 - 1, not reduced', 'ff'.repeat(31) + '7f', false),
    key('y = 2^255 - 1, not reduced, x negative', 'ff'.repeat(32), false),
    ...smallOrderEncodings.map(([name, point]) => key(`small order (${name})`, point, false)),
  ];
}

export async function signatureVectors(): Promise<VectorCase[]> {
  const message = encodeUtf8('kelp');
  const signature = await (await signingKeyFromJwk(alice)).sign(message);
  const publicKey = hexOf(decodeBase64urlOf(alice.x, 32)!);
  const one = (name: string, ok: boolean, bytes: Uint8Array, more: object = {}): VectorCase => ({
    name,
    publicKey,
    message: hexOf(message),
    signature: hexOf(bytes),
    ...more,
    expect: { ok },
  });
  const forged = await signatureUnderNeutralKey(alice);
  return [
    rfc8032(
      'RFC 8032 section 7.1, test 1',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ),
    rfc8032(
      'RFC 8032 section 7.1, test 2',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ),
    rfc8032(
      'RFC 8032 section 7.1, test 3',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ),
    one('a good signature', true, signature),
    one('another message', false, signature, { message: hexOf(encodeUtf8('kelq')) }),
    one('another key', false, signature, { publicKey: keyHex(bob) }),
    one('S not reduced', false, withUnreducedS(signature)),
    one('S all bits set', false, concatBytes(signature.subarray(0, 32), new Uint8Array(32).fill(0xff))),
    one('63 bytes', false, signature.subarray(0, 63)),
    one('65 bytes', false, concatBytes(signature, Uint8Array.of(0))),
    one('no bytes', false, new Uint8Array(0)),
    one('R the neutral point, which verifies', false, await signatureWithNeutralR(alice, message)),
    one('made for the neutral point as public key, which verifies for any message', false, forged, {
      publicKey: hexOf(neutralPoint),
    }),
    ...mixedOrderSignatures.map(({ ok, ...members }) => ({ ...members, expect: { ok } })),
    ...smallOrderEncodings.map(([name, point]) =>
      one(`R of small order (${name})`, false, concatBytes(bytesOfHex(point), signature.subarray(32))),
    ),
  ];
}

const keyHex = (jwk: PrivateJwk): string => hexOf(decodeBase64urlOf(jwk.x, 32)!);

const rfc8032 = (name: string, publicKey: string, message: string, signature: string): VectorCase => ({
  name,
  publicKey,
  message,
  signature,
  expect: { ok: true },
});
