import { createHash, createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { valueOf } from '../errors/result.js';
import { signingKeyFromJwk, verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { alice, bob } from '../vectors/people.js';
import {
  issueTicket,
  joinText,
  nodeIdOf,
  signJoin,
  ticketBytes,
  ticketNonceOf,
  verifyTicket,
} from './ticket.js';

const now = 1_800_000_000;
const expiry = now + 86_400;
const secret = new Uint8Array(32).fill(9);
const raw = (text: string) => decodeBase64urlOf(text, 32)!;
let archive: SigningKey;
let nonce: Uint8Array<ArrayBuffer>;
let ticket: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  archive = await signingKeyFromJwk(alice);
  nonce = await ticketNonceOf(secret, bob.x);
  ticket = await issueTicket(bob.x, nonce, expiry, archive);
});

const codeOf = async (bytes: Uint8Array, of = alice.x, at = now) => {
  const verified = await verifyTicket(bytes, of, at);
  return verified.ok ? 'accepted' : verified.code;
};

describe('a ticket', () => {
  it('tells the key, the id and the end of a node', async () => {
    const verified = valueOf(await verifyTicket(ticket, alice.x, now));
    const hashed = Buffer.concat([Buffer.from('holdfast-node-1'), raw(alice.x), raw(bob.x), nonce]);
    expect(verified).toEqual({
      archive: alice.x,
      nodeKey: raw(bob.x),
      node: new Uint8Array(createHash('sha256').update(hashed).digest()),
      expiry,
      bytes: ticket,
    });
    expect(ticket).toHaveLength(ticketBytes);
  });

  it('is good until its end, as far as clocks agree, and not made for longer than a ticket is', async () => {
    const last = expiry + limits.nodeClockSkewSecondsMax;
    expect(await codeOf(ticket, alice.x, last - 1)).toBe('accepted');
    expect(await codeOf(ticket, alice.x, last)).toBe('ticket-invalid');
    const first = expiry - limits.ticketSecondsMax;
    expect(await codeOf(ticket, alice.x, first)).toBe('accepted');
    expect(await codeOf(ticket, alice.x, first - 1)).toBe('ticket-invalid');
  });

  it('is worth nothing with any bit changed, of another length or of another archive', async () => {
    for (let byte = 0; byte < ticketBytes; byte++) {
      const changed = ticket.slice();
      changed[byte]! ^= 1 << (byte & 7);
      expect(await codeOf(changed)).toBe('ticket-invalid');
    }
    expect(await codeOf(ticket.subarray(1))).toBe('ticket-invalid');
    expect(await codeOf(new Uint8Array([...ticket, 0]))).toBe('ticket-invalid');
    expect(await codeOf(ticket, bob.x)).toBe('ticket-invalid');
    expect(await codeOf(ticket, 'A'.repeat(43))).toBe('ticket-invalid');
    expect(await codeOf(ticket, 'kelp')).toBe('ticket-invalid');
  });

  it('is not made for what is no key, no nonce and no time', async () => {
    await expect(issueTicket('A'.repeat(43), nonce, expiry, archive)).rejects.toMatchObject({
      code: 'key-invalid',
    });
    await expect(issueTicket(bob.x, nonce.subarray(1), expiry, archive)).rejects.toThrow(RangeError);
    await expect(issueTicket(bob.x, nonce, 2 ** 32, archive)).rejects.toThrow(RangeError);
  });
});

describe('a node id', () => {
  it('lies where neither the node nor anybody else has chosen, and at the same place when asked for again', async () => {
    const code = createHmac('sha256', secret).update(raw(bob.x)).digest();
    expect(nonce).toEqual(new Uint8Array(code.subarray(0, 8)));
    expect(await ticketNonceOf(secret, bob.x)).toEqual(nonce);
    expect(await ticketNonceOf(new Uint8Array(32).fill(8), bob.x)).not.toEqual(nonce);
  });

  it('is another one at another archive, with another key and with another nonce', async () => {
    const ids = await Promise.all([
      nodeIdOf(alice.x, raw(bob.x), nonce),
      nodeIdOf(bob.x, raw(bob.x), nonce),
      nodeIdOf(alice.x, raw(alice.x), nonce),
      nodeIdOf(alice.x, raw(bob.x), new Uint8Array(8)),
    ]);
    expect(new Set(ids.map(encodeBase64url)).size).toBe(4);
  });
});

it('joining proves the node key to one archive on one connection', async () => {
  const node = await signingKeyFromJwk(bob);
  const challenge = encodeBase64url(new Uint8Array(32).fill(3));
  const proof = decodeBase64urlOf(await signJoin(node, alice.x, challenge), 64)!;
  const holds = (archiveId: string, of: string) => verifyEd25519(raw(bob.x), joinText(archiveId, of), proof);
  expect(await holds(alice.x, challenge)).toBe(true);
  expect(await holds(bob.x, challenge)).toBe(false);
  expect(await holds(alice.x, alice.x)).toBe(false);
});
