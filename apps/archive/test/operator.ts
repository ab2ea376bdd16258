/** The operator of an archive for tests: asks its door with tokens that its key has signed, as the command line does. */
import type { ArchiveProcess } from '@holdfast/testing';
import { randomBytes } from 'node:crypto';
import { importJWK, SignJWT, type JWK } from 'jose';
import pg from 'pg';
import { operatorTokenType } from '../src/platform/archive-identity/operator-tokens.js';
import { hashOf } from '../src/platform/archive-identity/signed-token.js';

export interface PeerOf {
  readonly id: string;
  readonly state: string;
  readonly link?: object;
}

/** @throws the problem that the archive answers with */
async function operate(
  archive: ArchiveProcess,
  method: string,
  path: string,
  content?: object,
): Promise<unknown> {
  const body = content === undefined ? '' : JSON.stringify(content);
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: archive.id, aud: archive.id, iat, exp: iat + 60, method, path };
  const token = await new SignJWT({
    ...claims,
    jti: randomBytes(16).toString('base64url'),
    hash: hashOf(Buffer.from(body)),
  })
    .setProtectedHeader({ alg: 'Ed25519', typ: operatorTokenType, kid: archive.id })
    .sign(await keyOf(archive));
  const answer = await fetch(`${archive.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(content === undefined ? {} : { body }),
  });
  const json: unknown = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(JSON.stringify(json)), json);
  return json;
}

async function keyOf({ databaseUrl }: ArchiveProcess) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ private_jwk: JWK }>(
      'select private_jwk from archive_key order by created_at limit 1',
    );
    const { kty, crv, x, d } = rows[0]!.private_jwk;
    return await importJWK({ kty, crv, x, d } as JWK, 'Ed25519');
  } finally {
    await client.end();
  }
}

export const addPeer = (archive: ArchiveProcess, url: string) =>
  operate(archive, 'POST', '/v1/admin/peers', { url });

export const setPeer = (archive: ArchiveProcess, id: string, state: 'trusted' | 'blocked') =>
  operate(archive, 'POST', `/v1/admin/peers/${id}`, { state });

export const comparePeer = (archive: ArchiveProcess, id: string) =>
  operate(archive, 'POST', `/v1/admin/peers/${id}/compare`);

export async function peersOf(archive: ArchiveProcess): Promise<PeerOf[]> {
  return ((await operate(archive, 'GET', '/v1/admin/peers')) as { peers: PeerOf[] }).peers;
}
