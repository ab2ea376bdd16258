import { beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { SignJWT, type JWTPayload } from 'jose';
import { createHash } from 'node:crypto';
import { ArchiveIdentity } from './archive-identity.js';
import { ArchiveTokens, type SignedRequest } from './archive-tokens.js';
import { UsedTokens } from './used-tokens.js';

const nowMs = 1_800_000_000_000;
const url = 'https://sender.example';
const hourMs = 3_600_000;

let sender: ArchiveIdentity;
let reader: ArchiveIdentity;
let tokens: ArchiveTokens;
let sent: ArchiveTokens;
beforeAll(async () => {
  [sender, reader] = [
    await ArchiveIdentity.of(await generatePrivateJwk()),
    await ArchiveIdentity.of(await generatePrivateJwk()),
  ];
  tokens = new ArchiveTokens(reader, { uptimeMs: () => hourMs });
  sent = new ArchiveTokens(sender);
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const request: SignedRequest = { path: '/v1/crates/offers', body: bytes('{"crates":[]}') };

const check = (token: string, atMs = nowMs, by = tokens) => by.check(`Bearer ${token}`, request, atMs);
const refused = { code: 'not-authorised' };
let count = 0;
const claims = (): JWTPayload => ({
  iss: sender.id,
  aud: reader.id,
  iat: nowMs / 1000,
  exp: nowMs / 1000 + 60,
  jti: `token-${++count}`,
  path: request.path,
  hash: createHash('sha256').update(request.body).digest('base64url'),
});
const without = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims()).filter(([each]) => each !== name));
const type = 'holdfast-archive+jwt';

const header = (): object => ({ alg: 'Ed25519', typ: type, kid: sender.id });
/** With a signature of the sender's over whatever it is. */
async function raw(head: object, payload: object = claims()): Promise<string> {
  const base64url = (bytes: string | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('base64url');
  const input = `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify(payload))}`;
  return `${input}.${base64url(await sender.sign(new TextEncoder().encode(input)))}`;
}

describe('a token between archives', () => {
  it('proves who asks, and says where that archive is', async () => {
    expect(await check(await sent.issue(reader.id, request, url, nowMs))).toEqual({
      archive: sender.id,
      url,
    });
    expect(await check(await sender.signToken(claims(), type))).toEqual({ archive: sender.id });
  });

  it('is good once', async () => {
    const token = await sent.issue(reader.id, request, url, nowMs);
    await check(token);
    await expect(check(token)).rejects.toMatchObject(refused);
  });

  it('is good for the archive that it names, and for no other', async () => {
    const token = await sent.issue(sender.id, request, url, nowMs);
    await expect(check(token)).rejects.toMatchObject(refused);
    const several = await sender.signToken({ ...claims(), aud: [reader.id, sender.id] }, type);
    await expect(check(several)).rejects.toMatchObject(refused);
  });

  it('is good for the body that it was made for, at the door that it was made for, and for nothing else', async () => {
    const others: SignedRequest[] = [
      { ...request, body: bytes('{"crates":[] }') },
      { ...request, body: new Uint8Array() },
      { ...request, path: '/v1/crates/departures' },
      { ...request, path: '/v1/crates' },
    ];
    for (const made of others) {
      const token = await sent.issue(reader.id, made, url, nowMs);
      await expect(check(token)).rejects.toMatchObject(refused);
      // It was not used by that.
      await tokens.check(`Bearer ${token}`, made, nowMs);
    }
  });

  it('is good for a minute by the reader’s clock, give or take what clocks and roads need', async () => {
    const at = async (secondsLater: number) =>
      check(await sent.issue(reader.id, request, url, nowMs), nowMs + secondsLater * 1000);
    await at(-30);
    await at(89);
    await expect(at(-32)).rejects.toMatchObject(refused);
    await expect(at(91)).rejects.toMatchObject(refused);
    const long = { ...claims(), exp: nowMs / 1000 + 61 };
    await expect(check(await sender.signToken(long, type))).rejects.toMatchObject(refused);
    const ended = { ...claims(), exp: nowMs / 1000 };
    await expect(check(await sender.signToken(ended, type))).rejects.toMatchObject(refused);
  });

  it('is refused when it is older than this start, after which nobody knows whether it was used', async () => {
    const started = new ArchiveTokens(reader, { uptimeMs: () => 5_000 });
    const old = await sent.issue(reader.id, request, url, nowMs - 20_000);
    await expect(check(old, nowMs, started)).rejects.toMatchObject(refused);
    await check(await sent.issue(reader.id, request, url, nowMs - 2_000), nowMs, started);
  });

  it.each([
    ['of another type', () => sender.signToken(claims(), 'JWT')],
    [
      'that names another archive than its key',
      () => sender.signToken({ ...claims(), iss: reader.id }, type),
    ],
    ['without a name of its own', () => sender.signToken(without('jti'), type)],
    ['without a door', () => sender.signToken(without('path'), type)],
    ['without the hash of a body', () => sender.signToken(without('hash'), type)],
    ['whose hash is no text', () => sender.signToken({ ...claims(), hash: [claims()['hash']] }, type)],
    ['whose name is no text', () => sender.signToken({ ...claims(), jti: 7 as unknown as string }, type)],
    ['with a claim that none has', () => sender.signToken({ ...claims(), admin: true }, type)],
    ['with an address that is none', () => sender.signToken({ ...claims(), url: 'file:///etc' }, type)],
    [
      'with a header that none has',
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', typ: type, kid: sender.id })
          .sign(new Uint8Array(32)),
    ],
    [
      'that somebody else has signed',
      async () => {
        const [header, payload] = (await sender.signToken(claims(), type)).split('.');
        const signature = (await reader.signToken(claims(), type)).split('.')[2];
        return `${header}.${payload}.${signature}`;
      },
    ],
    ['that is none', async () => 'token'],
    ['of another algorithm', () => raw({ ...header(), alg: 'none' })],
    ['of an older name of the algorithm', () => raw({ ...header(), alg: 'EdDSA' })],
    [
      'that brings its own key',
      () => raw({ ...header(), jwk: { kty: 'OKP', crv: 'Ed25519', x: sender.id } }),
    ],
    ['that demands what is not known', () => raw({ ...header(), crit: ['b64'], b64: true })],
    ['without the archive', () => raw({ alg: 'Ed25519', typ: type })],
    ['of a key that anybody can sign for', () => raw({ ...header(), kid: 'A'.repeat(43) })],
    ['of a key that is no text', () => raw({ ...header(), kid: [sender.id] })],
    [
      'whose times are no numbers',
      () => raw(header(), { ...claims(), iat: '1800000000', exp: '1800000060' }),
    ],
    ['of a time that is no time', () => raw(header(), { ...claims(), iat: 1e308, exp: 1e308 })],
    ['that is too long', () => raw(header(), { ...claims(), url: `https://${'x'.repeat(4_096)}` })],
    ['without a signature', async () => (await raw(header())).replace(/[^.]*$/, '')],
  ])('is refused %s', async (_what, make) => {
    await expect(check(await make())).rejects.toMatchObject(refused);
  });

  it('is remembered for as long as it is good, also where its end is no whole second', async () => {
    const fresh = new ArchiveTokens(reader, { uptimeMs: () => hourMs });
    const token = await sender.signToken({ ...claims(), exp: nowMs / 1000 + 59.5 }, type);
    await check(token, nowMs, fresh);
    for (const laterMs of [1_000, 89_400, 89_700, 89_999]) {
      await check(await sent.issue(reader.id, request, url, nowMs + laterMs), nowMs + laterMs, fresh);
      await expect(check(token, nowMs + laterMs, fresh)).rejects.toMatchObject(refused);
    }
  });

  it('is missed where there is none, or something else', async () => {
    for (const authorization of [undefined, '', 'Bearer', 'Basic YTpi', 'Bearer a b']) {
      await expect(tokens.check(authorization, request, nowMs)).rejects.toMatchObject(refused);
    }
  });
});

describe('the tokens that have been used', () => {
  it('are remembered while they would be good, and make room afterwards', () => {
    const used = new UsedTokens(2);
    expect(used.use('a', 10, 0)).toBe('first');
    expect(used.use('b', 20, 0)).toBe('first');
    expect(used.use('c', 30, 5)).toBe('full');
    expect(used.use('a', 10, 5)).toBe('again');
    expect(used.use('c', 30, 10)).toBe('first');
  });
});
