import { beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import type { JWTPayload } from 'jose';
import { ArchiveIdentity } from './archive-identity.js';
import { OperatorTokens, operatorTokenType, type OperatorRequest } from './operator-tokens.js';
import { hashOf } from './signed-token.js';

const nowMs = 1_800_000_000_000;
const refused = { code: 'not-authorised' };
const body = new TextEncoder().encode('{"url":"https://two.example"}');
const request: OperatorRequest = { method: 'POST', path: '/v1/admin/peers', body };
let archive: ArchiveIdentity;
let other: ArchiveIdentity;
let tokens: OperatorTokens;
let count = 0;

beforeAll(async () => {
  archive = await ArchiveIdentity.of(await generatePrivateJwk());
  other = await ArchiveIdentity.of(await generatePrivateJwk());
  tokens = new OperatorTokens(archive, () => 3_600_000);
});

const claims = (): JWTPayload => ({
  iss: archive.id,
  aud: archive.id,
  iat: nowMs / 1000,
  exp: nowMs / 1000 + 60,
  jti: `operator-${++count}`,
  method: request.method,
  path: request.path,
  hash: hashOf(request.body),
});
const signed = (more: JWTPayload = {}, by = archive, type = operatorTokenType) =>
  by.signToken({ ...claims(), ...more }, type);
const check = (token: string, asked = request, atMs = nowMs, by = tokens) =>
  by.check(`Bearer ${token}`, asked, atMs);

describe('a token of the operator', () => {
  it('is good once', async () => {
    const token = await signed();
    await check(token);
    await expect(check(token)).rejects.toMatchObject(refused);
  });

  it('is good for the request that it was made for', async () => {
    const others: OperatorRequest[] = [
      { ...request, method: 'DELETE' },
      { ...request, path: '/v1/admin/keys/rotate' },
      { ...request, body: new Uint8Array() },
    ];
    for (const asked of others) await expect(check(await signed(), asked)).rejects.toMatchObject(refused);
  });

  it('is good for a minute, and after the start of the archive', async () => {
    const late = nowMs + 91_000;
    await expect(check(await signed(), request, late)).rejects.toMatchObject(refused);
    const started = new OperatorTokens(archive, () => 5_000);
    const old = await signed({ iat: nowMs / 1000 - 20, exp: nowMs / 1000 + 20 });
    await expect(check(old, request, nowMs, started)).rejects.toMatchObject(refused);
  });

  it.each<[string, () => Promise<string>]>([
    ['of another archive', () => signed({}, other)],
    ['that another archive has signed in its own name', () => signed({ iss: other.id }, other)],
    ['for another archive', () => signed({ aud: other.id })],
    ['of the kind that archives have', () => signed({}, archive, 'holdfast-archive+jwt')],
    ['that is good for longer', () => signed({ exp: nowMs / 1000 + 61 })],
    ['that says more', () => signed({ admin: true })],
    ['with an empty name of its own', () => signed({ jti: '' })],
    ['that is none', async () => 'token'],
  ])('is refused %s', async (_what, make) => {
    await expect(check(await make())).rejects.toMatchObject(refused);
  });

  it('is missed where there is none', async () => {
    await expect(tokens.check(undefined, request, nowMs)).rejects.toMatchObject(refused);
  });
});
