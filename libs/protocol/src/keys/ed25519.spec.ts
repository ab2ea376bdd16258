import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { encodeUtf8 } from '../encoding/bytes.js';
import {
  neutralPoint,
  signatureUnderNeutralKey,
  signatureWithNeutralR,
  smallOrderEncodings,
} from '../vectors/generate/forgeries.js';
import { alice, bob } from '../vectors/people.js';
import { bytesOfHex } from '../vectors/vector-file.js';
import {
  decodePublicKey,
  generatePrivateJwk,
  isAcceptablePublicKey,
  isAcceptableSignature,
  signingKeyFromJwk,
  verifyEd25519,
  type PrivateJwk,
} from './ed25519.js';

const message = encodeUtf8('kelp');
const publicKeyOf = (jwk: PrivateJwk) => decodeBase64urlOf(jwk.x, 32)!;

/** RFC 8037 appendix A.1 and A.4. */
const rfc8037 = {
  jwk: {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  },
  signingInput: 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
  signature: 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
} as const;

/** OpenSSL's verdict, which is not strict: what our own checks are for. */
function laxVerdict(publicKey: Uint8Array, signed: Uint8Array, signature: Uint8Array): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(publicKey) };
  return verify(null, signed, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

describe('Ed25519', () => {
  it("makes and takes RFC 8037's signature", async () => {
    const key = await signingKeyFromJwk(rfc8037.jwk);
    const signature = await key.sign(encodeUtf8(rfc8037.signingInput));
    expect(encodeBase64url(signature)).toBe(rfc8037.signature);
    expect(await verifyEd25519(publicKeyOf(rfc8037.jwk), encodeUtf8(rfc8037.signingInput), signature)).toBe(
      true,
    );
  });

  it.each(smallOrderEncodings)('refuses the point of small order: %s', async (_, hex) => {
    const point = bytesOfHex(hex);
    const forged = await signatureUnderNeutralKey(alice);
    expect(isAcceptablePublicKey(point)).toBe(false);
    expect(decodePublicKey(encodeBase64url(point))).toBeUndefined();
    expect(await verifyEd25519(point, message, forged)).toBe(false);
    const signature = await (await signingKeyFromJwk(alice)).sign(message);
    signature.set(point);
    expect(isAcceptableSignature(signature)).toBe(false);
  });

  it('refuses forgeries that OpenSSL takes', async () => {
    const underNeutral = await signatureUnderNeutralKey(alice);
    expect(laxVerdict(neutralPoint, message, underNeutral)).toBe(true);
    expect(await verifyEd25519(neutralPoint, message, underNeutral)).toBe(false);
    const withNeutral = await signatureWithNeutralR(alice, message);
    expect(laxVerdict(publicKeyOf(alice), message, withNeutral)).toBe(true);
    expect(await verifyEd25519(publicKeyOf(alice), message, withNeutral)).toBe(false);
  });

  it('takes S up to the group order, and not the order itself', () => {
    const order = 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';
    const withS = (hex: string) => bytesOfHex('58' + '66'.repeat(31) + hex);
    expect(isAcceptableSignature(withS(order.replace('ed', 'ec')))).toBe(true);
    expect(isAcceptableSignature(withS(order))).toBe(false);
    expect(isAcceptableSignature(withS('00'.repeat(31) + '11'))).toBe(false);
    expect(isAcceptableSignature(withS('00'.repeat(32)))).toBe(true);
  });

  it('makes keys that sign and verify', async () => {
    const jwk = await generatePrivateJwk();
    const signature = await (await signingKeyFromJwk(jwk)).sign(message);
    expect(await verifyEd25519(publicKeyOf(jwk), message, signature)).toBe(true);
    expect(await verifyEd25519(publicKeyOf(jwk), encodeUtf8('sand'), signature)).toBe(false);
    expect(await verifyEd25519(publicKeyOf(alice), message, signature)).toBe(false);
  });

  it.each([
    ['halves of two keys', { ...alice, x: bob.x }],
    ['another curve', { ...alice, crv: 'X25519' }],
    ['another type', { ...alice, kty: 'EC' }],
    ['no private half', { ...alice, d: undefined }],
    ['a seed that is cut short', { ...alice, d: alice.d.slice(0, 40) }],
    ['a public half that is not canonical', { ...alice, x: `${alice.x.slice(0, -1)}d` }],
    ['an empty object', {}],
  ])('refuses a JWK with %s', async (_, jwk) => {
    await expect(signingKeyFromJwk(jwk as PrivateJwk)).rejects.toMatchObject({ code: 'key-invalid' });
  });
});
