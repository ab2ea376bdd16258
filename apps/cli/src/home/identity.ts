/** The identity of a home folder: one Ed25519 key pair in identity.json, as a private JWK (RFC 8037). */
import { createPrivateKey, sign } from 'node:crypto';
import { join } from 'node:path';
import {
  generatePrivateJwk,
  HoldfastError,
  signingKeyFromJwk,
  type PrivateJwk,
  type SigningKey,
} from '@holdfast/protocol';
import { openPrivateFolder, readPrivateFile, unusableHome, writePrivateFile } from './private-file.js';

export const identityFile = (home: string): string => join(home, 'identity.json');

/** Refuses with `identity-exists` rather than replace a key that nobody else has. */
export async function makeIdentity(home: string): Promise<SigningKey> {
  await openPrivateFolder(home);
  const jwk = await generatePrivateJwk();
  if (!(await writePrivateFile(identityFile(home), `${JSON.stringify(jwk)}\n`, false))) {
    throw new HoldfastError(
      'identity-exists',
      `There is an identity in ${home} already, and a key that is replaced is lost: name another folder with --home, or run "holdfast id show".`,
    );
  }
  return signingKeyFromJwk(jwk);
}

/** Undefined when none has been made. */
export async function findIdentity(home: string): Promise<PrivateJwk | undefined> {
  const file = identityFile(home);
  const text = await readPrivateFile(file);
  if (text === undefined) return undefined;
  try {
    const jwk = JSON.parse(text) as PrivateJwk;
    await signingKeyFromJwk(jwk);
    return jwk;
  } catch (cause) {
    throw unusableHome(`The file ${file} does not contain an identity: put its backup back in place.`, cause);
  }
}

export async function requireIdentity(home: string): Promise<PrivateJwk> {
  const jwk = await findIdentity(home);
  if (jwk !== undefined) return jwk;
  throw new HoldfastError(
    'identity-missing',
    `There is no identity in ${home} yet: run "npx holdfast id new".`,
  );
}

/**
 * The same signatures as everywhere (RFC 8032 leaves no choice), made on this thread: WebCrypto hands every one to
 * another thread, which for thousands in a row costs more than signing does.
 */
export function signingKeyOf(jwk: PrivateJwk): SigningKey {
  const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  return {
    publicKey: jwk.x,
    sign: (message) => Promise.resolve(new Uint8Array(sign(null, message, privateKey))),
  };
}
