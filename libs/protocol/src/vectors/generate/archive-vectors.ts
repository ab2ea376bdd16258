/** vectors/offer-bodies.json and vectors/departure-bodies.json: what archives say to each other about crates. */
import { encodeBase64url } from '../../encoding/base64url.js';
import { limits } from '../../limits.js';
import { piecesOf, type VectorCase } from '../vector-file.js';
import { expiryHour } from './raw-crate.js';
import { pseudoRandom } from './raw-jws.js';

const good = (name: string, body: object): VectorCase => ({
  name,
  body: piecesOf(JSON.stringify(body)),
  expect: { ok: true, ...body },
});
const bad = (name: string, body: unknown): VectorCase => ({
  name,
  body: piecesOf(JSON.stringify(body)),
  expect: { ok: false, code: 'request-malformed' },
});
const urls = (count: number): string[] => Array.from({ length: count }, (_, i) => `https://${i}.example`);

export async function offerBodyVectors(): Promise<VectorCase[]> {
  const crate = encodeBase64url(await pseudoRandom('crate', 32));
  const offer = { crate, sizeBytes: 4096, expiryHour, holders: ['https://archive.example'] };
  const many = (count: number) => ({
    crates: Array.from({ length: count }, () => ({ ...offer, holders: [] })),
  });
  const wrong = (name: string, members: object): VectorCase =>
    bad(name, { crates: [{ ...offer, ...members }] });
  return [
    good('one crate', { crates: [offer] }),
    good('every size', { crates: limits.crateSizesBytes.map((sizeBytes) => ({ ...offer, sizeBytes })) }),
    good('no other holders, and the first and the last hour', {
      crates: [
        { ...offer, holders: [], expiryHour: 0 },
        { ...offer, holders: [], expiryHour: 2 ** 32 - 1 },
      ],
    }),
    good('16 other holders', { crates: [{ ...offer, holders: urls(16) }] }),
    good('128 crates', many(128)),
    bad('no crates', { crates: [] }),
    bad('129 crates', many(129)),
    bad('crates missing', {}),
    bad('crates an object', { crates: { 0: offer } }),
    bad('a list instead of an object', [offer]),
    bad('null', null),
    bad('a further member', { crates: [offer], from: 'https://archive.example' }),
    wrong('a further member of an offer', { mailbox: crate }),
    wrong('a crate id of a wrong length', { crate: crate.slice(1) }),
    wrong('a crate id with padding', { crate: `${crate}=` }),
    wrong('no crate id', { crate: undefined }),
    wrong('a size that no crate has', { sizeBytes: 4095 }),
    wrong('a size that is a text', { sizeBytes: '4096' }),
    wrong('an hour with a fraction', { expiryHour: expiryHour + 0.5 }),
    wrong('an hour before 1970', { expiryHour: -1 }),
    wrong('an hour that no envelope has', { expiryHour: 2 ** 32 }),
    wrong('holders missing', { holders: undefined }),
    wrong('a holder twice', { holders: ['https://a.example', 'https://a.example'] }),
    wrong('17 other holders', { holders: urls(17) }),
    wrong('a holder with a password', { holders: ['https://user:secret@archive.example'] }),
    wrong('a holder that is a file', { holders: ['file:///etc/passwd'] }),
    wrong('a holder that is null', { holders: [null] }),
  ];
}

export async function departureBodyVectors(): Promise<VectorCase[]> {
  const crate = encodeBase64url(await pseudoRandom('crate', 32));
  const secret = encodeBase64url(await pseudoRandom('ackSecret', 32));
  const signature = encodeBase64url(await pseudoRandom('signature', 64));
  const ack = { crate, way: 'ack', proof: secret };
  const many = (count: number) => ({ crates: Array.from({ length: count }, () => ack) });
  const wrong = (name: string, members: object): VectorCase =>
    bad(name, { crates: [{ ...ack, ...members }] });
  return [
    good('three ways', {
      crates: [ack, { crate, way: 'discard', proof: signature }, { crate, way: 'recall', proof: secret }],
    }),
    good('128 crates', many(128)),
    bad('no crates', { crates: [] }),
    bad('129 crates', many(129)),
    bad('a list instead of an object', [ack]),
    bad('null', null),
    bad('a further member', { crates: [ack], now: 1 }),
    wrong('a further member of a departure', { mailbox: crate }),
    wrong('a way that needs no proof', { way: 'expiry' }),
    wrong('a way of the prototype', { way: 'constructor' }),
    wrong('no way', { way: undefined }),
    wrong('a state instead of a way', { way: 'delivered' }),
    wrong('no proof', { proof: undefined }),
    wrong('a proof of no bytes', { proof: '' }),
    wrong('a proof with padding', { proof: `${secret}=` }),
    wrong('a receipt of 31 bytes', { proof: secret.slice(0, 42) }),
    wrong('a receipt as long as a signature', { proof: signature }),
    wrong('a recall as long as a signature', { way: 'recall', proof: signature }),
    wrong('a signature as long as a secret', { way: 'discard' }),
    wrong('a crate id of a wrong length', { crate: signature }),
    wrong('no crate id', { crate: undefined }),
  ];
}
