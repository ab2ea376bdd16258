/**
 * The people and mailboxes of the vectors and of tests. Their seeds are SHA-256 of "holdfast test key: alice" and so
 * on: public knowledge, never to be used for anything else.
 */
import { decodeBase64urlOf } from '../encoding/base64url.js';
import type { PrivateJwk } from '../keys/ed25519.js';
import type { KemKeys } from '../mailboxes/keys.js';
import { kemKeysFromSeed } from '../sealing/mailbox-keys.js';

const jwk = (x: string, d: string): PrivateJwk => ({ kty: 'OKP', crv: 'Ed25519', x, d });

export const alice = jwk(
  '8lcWAlJogHk_DN5jR0cmXi9O2Cbk_xXmCPABtbViYJc',
  'dTlPclFf523qYjuFEQt4AWrZfYHNUxValgIaMl-9Oqw',
);
export const bob = jwk(
  'ZR0ZNzWqVoRpv9kwA-L99-daN4iJH-zuYbPX9qdfVSo',
  'cWHGCAk3c0D2NpzsB_cx4cJCH_Xunnxy4WlCPWnyr4Y',
);

export interface MailboxOfTests {
  readonly signing: PrivateJwk;
  /** The newest first. */
  readonly kem: readonly KemKeys[];
}

/** Bob's mailbox has had its KEM key changed once. */
export const bobsMailbox = once(() =>
  mailbox(
    jwk('FvgfrEuNj2fnexKEjOHKxdAyUuCWjAHRJ3C7UVDWuJU', 'YuqgGPAiuXhm7TGmFpNMa0x_1gTU1JXN1sHK_9Po0jg'),
    '0tmxufMwziGKyMA2Ouz8ixLYXx7H87xEXdhVlY7RY0s',
    '9prReecn5sJzTf66Th60RzpxT_iGtjT24VlXJv_pUU4',
  ),
);

export const carolsMailbox = once(() =>
  mailbox(
    jwk('1hISnAeIaicxOLnHrtxaDimOjgeenVjp5u6IY4TQemg', '6WBgPzQ89n5FrSVM3ZtjWTH78_TChIXW3xxmCY8z_d0'),
    '3_7s61Lg5iA2leKmv2RwQQGjvDSzzEoc8-jS-jjPbQk',
  ),
);

/** Deriving the public half takes some milliseconds, and everybody asks. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function mailbox(signing: PrivateJwk, ...seeds: readonly string[]): Promise<MailboxOfTests> {
  const kem = await Promise.all(seeds.map((seed) => kemKeysFromSeed(decodeBase64urlOf(seed, 32)!)));
  return { signing, kem };
}
