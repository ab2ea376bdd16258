/**
 * Records to publish, signed beforehand so that signing costs the measured run nothing: many authors, bodies of 400
 * bytes of English-like words (full-text search is part of the cost), every fourth with a key so that heads move.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { recordAlgorithm, recordType } from '@holdfast/protocol';

export interface SignedRecord {
  readonly jws: string;
  readonly publicKey: KeyObject;
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

const bodyBytes = 400;
const authorCount = 200;
const keyedEvery = 4;
const keysOfAuthor = 50;
const stems =
  'kelp holdfast tide archive client crate record letter harbour current signal drift anchor shore wave keep'.split(
    ' ',
  );
const endings = ['', 's', 'ing', 'ed', 'er', 'less', 'ward', 'ly', 'ful', 'ment', 'ness', 'ish'];

export function signRecords(count: number, iat: number): SignedRecord[] {
  const authors = Array.from({ length: authorCount }, makeAuthor);
  return Array.from({ length: count }, (_, index) => {
    const author = authors[index % authorCount]!;
    const key = index % keyedEvery === 0 ? { key: `note-${index % keysOfAuthor}` } : {};
    const payload = { collection: 'bench', ...key, iat: iat - count + index, body: bodyOf(index) };
    const input = `${author.header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
    const signingInput = Buffer.from(input);
    const signature = sign(null, signingInput, author.privateKey);
    return {
      jws: `${input}.${signature.toString('base64url')}`,
      publicKey: author.publicKey,
      signingInput,
      signature,
    };
  });
}

function makeAuthor() {
  const pair = generateKeyPairSync('ed25519');
  const jwk = pair.publicKey.export({ format: 'jwk' });
  const header = { alg: recordAlgorithm, typ: recordType, kid: jwk.x! };
  return {
    header: Buffer.from(JSON.stringify(header)).toString('base64url'),
    privateKey: createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicKey: createPublicKey(pair.publicKey.export({ format: 'pem', type: 'spki' })),
  };
}

/** Words from a vocabulary of some ten thousand, chosen by a fixed linear congruence: the same at every run. */
function bodyOf(seed: number): string {
  let state = (seed * 2654435761 + 12345) >>> 0;
  let text = '';
  while (text.length < bodyBytes) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const number = (state >>> 8) % 10_000;
    text += `${stems[number % stems.length]}${endings[number % endings.length]}${number > 5_000 ? number % 64 : ''} `;
  }
  return text.slice(0, bodyBytes);
}
