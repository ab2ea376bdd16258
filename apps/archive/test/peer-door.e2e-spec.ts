import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { endorseKey, generatePrivateJwk, signingKeyFromJwk } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { importJWK, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { ArchiveIdentity } from '../src/platform/archive-identity/archive-identity.js';
import { archiveLimits } from '../src/limits.js';
import { ForeignArchive } from './foreign-archive.js';
import { ScriptedArchive } from './scripted-archive.js';

let archive: ArchiveProcess;
let database: Client;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  archive = await bootArchive();
  database = new Client({ connectionString: archive.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await archive.destroy();
});
beforeEach(() => database.query('delete from peer'));
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

const trust = (id: string) =>
  database.query(`insert into peer (id, state, origin) values ($1, 'trusted', 'itself')`, [id]);

/** The code of the refusal, or `let in`. */
async function come(token?: string, headers: Record<string, string> = {}): Promise<string> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/peers`, {
    headers: { ...authorization, ...headers },
  });
  sockets.push(socket);
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('open', () => resolve('let in'));
    socket.on('unexpected-response', (_request, answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.on('end', () => resolve((JSON.parse(text) as { code: string }).code));
    });
  });
}

const tokenOf = (
  foreign: ForeignArchive,
  path: '/v1/peers' | '/v1/crates' = '/v1/peers',
  audience = archive.id,
) => foreign.token(audience, path, new Uint8Array());

/** A token of any claims, by any key. */
async function forge(
  claims: JWTPayload,
  jwk: Awaited<ReturnType<typeof generatePrivateJwk>>,
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const hash = createHash('sha256').update('').digest('base64url');
  const usual = {
    aud: archive.id,
    iat,
    exp: iat + 60,
    jti: randomBytes(9).toString('base64url'),
    path: '/v1/peers',
    hash,
  };
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: 'Ed25519', typ: 'holdfast-archive+jwt', kid: jwk.x })
    .sign((await importJWK({ ...jwk }, 'Ed25519')) as CryptoKey);
}

describe('the door for peers', () => {
  it('lets in whom the operator trusts, and gives them a proof for their own token first', async () => {
    const foreign = await ForeignArchive.make();
    await trust(foreign.identity.id);
    const token = await tokenOf(foreign);
    const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/peers`, {
      headers: { authorization: `Bearer ${token}` },
    });
    sockets.push(socket);
    const [frame] = (await once(socket, 'message')) as [Buffer];
    const { op, token: proof } = JSON.parse(String(frame)) as { op: string; token: string };
    const claims = JSON.parse(Buffer.from(proof.split('.')[1]!, 'base64url').toString()) as JWTPayload;
    expect(op).toBe('proof');
    expect(claims).toMatchObject({
      iss: archive.id,
      aud: foreign.identity.id,
      path: '/v1/peers',
      hash: createHash('sha256').update(token).digest('base64url'),
    });
  });

  it('remembers nothing of what kept somebody away who is linked again', async () => {
    const foreign = await ForeignArchive.make();
    await trust(foreign.identity.id);
    await database.query(`update peer set error = 'archive-unreachable: …', error_at = now()`);
    expect(await come(await tokenOf(foreign))).toBe('let in');
    const { rows } = await database.query('select error, error_at from peer');
    expect(rows).toEqual([{ error: null, error_at: null }]);
  });

  it('refuses everybody else before anything is opened', async () => {
    const [pending, blocked] = [await ForeignArchive.make(), await ForeignArchive.make()];
    await trust(blocked.identity.id);
    await database.query(`update peer set state = 'blocked'`);
    expect(await come()).toBe('not-authorised');
    expect(await come('nonsense')).toBe('not-authorised');
    expect(await come(await tokenOf(pending))).toBe('peer-pending');
    expect(await come(await tokenOf(blocked))).toBe('not-authorised');
    const { rows } = await database.query('select id, state from peer order by state');
    expect(rows).toEqual([
      { id: blocked.identity.id, state: 'blocked' },
      { id: pending.identity.id, state: 'pending' },
    ]);
    const plain = await fetch(`${archive.url}/v1/peers`);
    expect(plain.status).toBe(400);
  });

  it('takes no token that was made for something else, is used, is old, or is of another key', async () => {
    const foreign = await ForeignArchive.make();
    const { id } = foreign.identity;
    await trust(id);
    const used = await tokenOf(foreign);
    expect(await come(used)).toBe('let in');
    const jwk = await generatePrivateJwk();
    const now = Math.floor(Date.now() / 1000);
    const stolen = [
      used,
      await tokenOf(foreign, '/v1/crates'),
      await tokenOf(foreign, '/v1/peers', id),
      await foreign.token(archive.id, '/v1/peers', { hello: 1 }),
      await foreign.token(archive.id, '/v1/peers', new Uint8Array(), Date.now() - 120_000),
      // Whoever signs with a key of its own is not the archive that it names.
      await forge({ iss: id }, jwk),
      await forge({ iss: jwk.x, exp: now + 3_600 }, jwk),
      // Which no table takes, and nothing has to be asked for.
      await forge({ iss: '\u0000' }, jwk),
    ];
    for (const token of stolen) expect(await come(token)).toBe('not-authorised');
  });

  it('takes the later key of an archive, and no chain that its first key did not begin', async () => {
    const scripted = await ScriptedArchive.open();
    const { identity } = scripted;
    await trust(identity.id);
    const [later, thief] = [await generatePrivateJwk(), await generatePrivateJwk()];
    const thiefKey = await signingKeyFromJwk(thief);
    const url = scripted.url;
    scripted.endorsements = [await endorseKey(identity.id, thief.x, 1_800_000_000, thiefKey)];
    expect(await come(await forge({ iss: identity.id, url }, thief))).toBe('not-authorised');
    // Another address of the same archive: the first one is left alone for a minute.
    scripted.endorsements = [await endorseKey(identity.id, later.x, 1_800_000_000, keyOf(identity))];
    const elsewhere = `${url}/archive`;
    expect(await come(await forge({ iss: identity.id, url: elsewhere }, later))).toBe('let in');
    expect(await come(await forge({ iss: identity.id, url: elsewhere }, thief))).toBe('not-authorised');
    // The first one is good as long as it is in the chain.
    const path = '/v1/crates/offers';
    const { status } = await fetch(`${archive.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await forge({ iss: identity.id, path, hash: createHash('sha256').update('{"crates":[]}').digest('base64url'), url: elsewhere }, later)}`,
      },
      body: '{"crates":[]}',
    });
    // Let in with the later key; an empty list is what is wrong.
    expect(status).toBe(400);
    scripted.close();
  });

  it('is there for others while some come that say nothing, or no HTTP at all', async () => {
    const foreign = await ForeignArchive.make();
    await trust(foreign.identity.id);
    const port = Number(new URL(archive.url).port);
    const silent = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'));
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    for (const socket of silent) socket.on('error', () => undefined);
    silent[0]!.write('\0\0\0garbage\r\n\r\n');
    silent[1]!.write('GET /v1/peers HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
    expect(await come(await tokenOf(foreign))).toBe('let in');
    for (const socket of silent) socket.destroy();
  });

  it('lets one peer in so often in a minute and no more, and others all the same', async () => {
    const [restless, other] = [await ForeignArchive.make(), await ForeignArchive.make()];
    for (const { identity } of [restless, other]) await trust(identity.id);
    const answers = new Map<string, number>();
    // The minute may change once meanwhile.
    for (let link = 0; link < 2 * archiveLimits.peerLinksPerMinuteMax + 2; link++) {
      const answer = await come(await tokenOf(restless));
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (answer === 'overloaded') break;
    }
    expect(answers.get('overloaded')).toBe(1);
    expect(answers.get('let in')).toBeGreaterThanOrEqual(archiveLimits.peerLinksPerMinuteMax);
    expect(await come(await tokenOf(other))).toBe('let in');
  });

  it('ends a link on which something else than text comes, and does not let that peer in for a while', async () => {
    const foreign = await ForeignArchive.make();
    await trust(foreign.identity.id);
    expect(await come(await tokenOf(foreign))).toBe('let in');
    const socket = sockets.at(-1)!;
    const closed = once(socket, 'close');
    socket.send(Buffer.from([1, 2, 3]));
    expect(String((await closed)[1])).toBe('peer-misbehaved');
    for (;;) {
      const { rows } = await database.query('select misbehaved from peer');
      if ((rows[0] as { misbehaved: number }).misbehaved === 1) break;
    }
    expect(await come(await tokenOf(foreign))).toBe('peer-misbehaved');
  });
});

describe('the operator’s door', () => {
  const ask = (method: string, path: string, token?: string) =>
    fetch(`${archive.url}${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const doors: readonly (readonly [string, string])[] = [
    ['GET', '/v1/admin/peers'],
    ['POST', '/v1/admin/peers'],
    ['POST', `/v1/admin/peers/${'A'.repeat(43)}`],
    ['DELETE', `/v1/admin/peers/${'A'.repeat(43)}`],
    ['POST', `/v1/admin/peers/${'A'.repeat(43)}/compare`],
    ['POST', '/v1/admin/set/check'],
    ['POST', '/v1/admin/keys/rotate'],
  ];
  const operatorToken = async (method: string, path: string) => {
    const { rows } = await database.query('select private_jwk from archive_key');
    const identity = await ArchiveIdentity.of((rows[0] as { private_jwk: never }).private_jwk);
    const iat = Math.floor(Date.now() / 1000);
    const hash = createHash('sha256').update('').digest('base64url');
    const claims = {
      iss: archive.id,
      aud: archive.id,
      iat,
      exp: iat + 60,
      jti: randomBytes(9).toString('base64url'),
      method,
      path,
      hash,
    };
    return identity.signToken(claims, 'holdfast-operator+jwt');
  };

  it.each(doors)('%s %s is for nobody but the operator', async (method, path) => {
    const foreign = await ForeignArchive.make();
    await trust(foreign.identity.id);
    const tokens = [
      undefined,
      'nonsense',
      await tokenOf(foreign),
      await operatorToken(method, '/v1/admin/other'),
    ];
    for (const token of tokens) {
      const answer = await ask(method, path, token);
      expect(answer.status).toBe(403);
      expect(((await answer.json()) as { code: string }).code).toBe('not-authorised');
    }
    const { rows } = await database.query('select count(*)::int as count from archive_key');
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('answers the operator once for each token', async () => {
    const token = await operatorToken('GET', '/v1/admin/peers');
    const answer = await ask('GET', '/v1/admin/peers', token);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toEqual({ archive: archive.id, peers: [] });
    expect((await ask('GET', '/v1/admin/peers', token)).status).toBe(403);
  });

  it('is not among the doors that everybody is told of', async () => {
    const document = await (await fetch(`${archive.url}/v1/openapi.json`)).text();
    expect(document).not.toContain('/v1/admin');
  });
});

/** What signs for the identity, as far as an endorsement needs it. */
const keyOf = (identity: ArchiveIdentity) => ({
  publicKey: identity.id,
  sign: (message: Uint8Array) => identity.sign(message),
});
