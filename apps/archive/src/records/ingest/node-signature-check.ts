/** Ed25519 signatures checked by node:crypto, where libsodium has no binary for the machine. */
import { createPublicKey, verify } from 'node:crypto';
import type { SignatureCheck } from './verify-record.js';

export const nodeSignatureCheck: SignatureCheck = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  try {
    return verify(
      null,
      message,
      createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
      signature,
    );
  } catch {
    // Not a point of the curve.
    return false;
  }
};
