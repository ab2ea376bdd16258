/** Against jose, another implementation of JWS, in both directions. */
import { describe, expect, it } from '@jest/globals';
import { CompactSign, compactVerify, importJWK } from 'jose';
import { decodeUtf8, encodeUtf8 } from '../encoding/bytes.js';
import { valueOf } from '../errors/result.js';
import { signingKeyFromJwk } from '../keys/ed25519.js';
import { signRecord, verifyRecord } from '../records/verify.js';
import { alice } from '../vectors/people.js';

const now = 1_800_000_000;
const payload = { collection: 'notes', iat: now, body: { text: 'Grüße 𝄞' } };
const members = { alg: 'Ed25519', typ: 'holdfast-record', kid: alice.x };
const orders = [
  ['alg', 'typ', 'kid'],
  ['alg', 'kid', 'typ'],
  ['typ', 'alg', 'kid'],
  ['typ', 'kid', 'alg'],
  ['kid', 'alg', 'typ'],
  ['kid', 'typ', 'alg'],
] as const;

describe('a compact JWS', () => {
  it('of ours is taken by jose', async () => {
    const record = await signRecord(payload, await signingKeyFromJwk(alice), now);
    const publicKey = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: alice.x }, 'Ed25519');
    const verified = await compactVerify(record.jws, publicKey, { algorithms: ['Ed25519'] });
    expect(verified.protectedHeader).toEqual(members);
    expect(JSON.parse(decodeUtf8(verified.payload)!)).toEqual(payload);
  });

  it.each(orders)('of jose is taken with its header in the order %s, %s, %s', async (...order) => {
    const header = Object.fromEntries(order.map((name) => [name, members[name]]));
    const jws = await new CompactSign(encodeUtf8(JSON.stringify(payload)))
      .setProtectedHeader(header as typeof members)
      .sign(await importJWK({ ...alice }, 'Ed25519'));
    const record = valueOf(await verifyRecord(jws, now));
    expect(record).toMatchObject({ ...payload, author: alice.x, jws });
  });

  it('of jose under the older name EdDSA is refused', async () => {
    const jws = await new CompactSign(encodeUtf8(JSON.stringify(payload)))
      .setProtectedHeader({ ...members, alg: 'EdDSA' })
      .sign(await importJWK({ ...alice }, 'EdDSA'));
    expect(await verifyRecord(jws, now)).toMatchObject({ ok: false, code: 'record-algorithm-unsupported' });
  });
});
