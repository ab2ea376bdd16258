/** vectors/tickets.json, vectors/node-ids.json and vectors/frames.json: who a node is, and what it sends. */
import { decodeBase64urlOf, encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes, encodeUtf8 } from '../../encoding/bytes.js';
import type { ErrorCode } from '../../errors/codes.js';
import { valueOf } from '../../errors/result.js';
import { signingKeyFromJwk, type PrivateJwk } from '../../keys/ed25519.js';
import { sealFrame, type FrameContent } from '../../nodes/frame.js';
import { issueTicket, nodeIdOf, ticketNonceOf, verifyTicket, type Ticket } from '../../nodes/ticket.js';
import { alice, bob, bobsMailbox, carolsMailbox } from '../people.js';
import type { VectorCase } from '../vector-file.js';
import { pseudoRandom } from './raw-jws.js';
import { now } from './record-vectors.js';

const nowMs = now * 1_000;
const expiry = now + 86_400;
const text = encodeBase64url;
const refusal = (code: ErrorCode): VectorCase['expect'] => ({ ok: false, code });
const nonceOf = async (jwk: PrivateJwk) => ticketNonceOf(await pseudoRandom('epoch', 32), jwk.x);

/** Alice is the archive in all of these. */
async function ticketOf(node: PrivateJwk, until = expiry, archive = alice): Promise<Ticket> {
  const nonce = await nonceOf(node);
  const bytes = await issueTicket(node.x, nonce, until, await signingKeyFromJwk(archive));
  return valueOf(await verifyTicket(bytes, archive.x, until - 1));
}

export async function ticketVectors(): Promise<VectorCase[]> {
  const { bytes, node } = await ticketOf(bob);
  const good = (name: string, at: number): VectorCase => ({
    name,
    ticket: text(bytes),
    archive: alice.x,
    now: at,
    expect: { ok: true, node: text(node), nodeKey: bob.x, expiry },
  });
  const bad = (name: string, more: { ticket?: Uint8Array; archive?: string; now?: number }): VectorCase => ({
    name,
    ticket: text(more.ticket ?? bytes),
    archive: more.archive ?? alice.x,
    now: more.now ?? now,
    expect: refusal('ticket-invalid'),
  });
  const changed = (index: number): Uint8Array => bytes.map((byte, i) => (i === index ? byte ^ 1 : byte));
  const ofNoKey = concatBytes(new Uint8Array(32), bytes.subarray(32));
  return [
    good('a ticket', now),
    good('in its last second', expiry + 119),
    good('as new as it can be', expiry - 172_800),
    bad('two minutes after its end', { now: expiry + 120 }),
    bad('for more than 48 hours', { now: expiry - 172_801 }),
    bad('of another archive', { archive: bob.x }),
    bad('signed by another archive', { ticket: (await ticketOf(bob, expiry, bob)).bytes }),
    bad('of an archive of small order', { archive: 'A'.repeat(43) }),
    bad('of an archive that is no key', { archive: 'archive' }),
    bad('of a node key of small order', { ticket: ofNoKey }),
    bad('with another node key', {
      ticket: concatBytes(decodeBase64urlOf(alice.x, 32)!, bytes.subarray(32)),
    }),
    bad('with another nonce', { ticket: changed(32) }),
    bad('with another expiry', { ticket: changed(43) }),
    bad('with another signature', { ticket: changed(60) }),
    bad('of 107 bytes', { ticket: bytes.subarray(1) }),
    bad('of 109 bytes', { ticket: concatBytes(bytes, Uint8Array.of(0)) }),
    bad('of no bytes', { ticket: new Uint8Array(0) }),
  ];
}

export async function nodeIdVectors(): Promise<VectorCase[]> {
  const nonce = await nonceOf(bob);
  const key = decodeBase64urlOf(bob.x, 32)!;
  const secret = text(await pseudoRandom('epoch', 32));
  const node = text(await nodeIdOf(alice.x, key, nonce));
  const good = async (name: string, archive: string, nodeKey: Uint8Array, one: Uint8Array) => ({
    name,
    archive,
    nodeKey: text(nodeKey),
    nonce: text(one),
    expect: { ok: true as const, node: text(await nodeIdOf(archive, nodeKey, one)) },
  });
  const bad = (name: string, archive: string, nodeKey: Uint8Array, one: Uint8Array): VectorCase => ({
    name,
    archive,
    nodeKey: text(nodeKey),
    nonce: text(one),
    expect: refusal('key-invalid'),
  });
  return [
    {
      name: 'a nonce from the secret of an archive',
      archive: alice.x,
      nodeKey: bob.x,
      secret,
      expect: { ok: true, nonce: text(nonce), node },
    },
    await good('a node id', alice.x, key, nonce),
    await good('with another nonce', alice.x, key, new Uint8Array(8)),
    await good('at another archive', bob.x, key, nonce),
    bad('of a nonce of 7 bytes', alice.x, key, nonce.subarray(1)),
    bad('of a nonce of 9 bytes', alice.x, key, concatBytes(nonce, Uint8Array.of(0))),
    bad('of a key of 31 bytes', alice.x, key.subarray(1), nonce),
    bad('of an archive of 31 bytes', alice.x.slice(0, 42), key, nonce),
  ];
}

export async function frameVectors(): Promise<VectorCase[]> {
  const [sender, receiver, third] = [bob, (await bobsMailbox()).signing, (await carolsMailbox()).signing];
  const tickets = await Promise.all([ticketOf(sender), ticketOf(receiver), ticketOf(third)]);
  const [own, to, other] = tickets as [Ticket, Ticket, Ticket];
  const key = await signingKeyFromJwk(sender);
  const payload = encodeUtf8('kelp');
  const content = {
    isFlood: false,
    isObserver: false,
    wantsTicket: false,
    to: to.node,
    atMs: nowMs,
    payload,
  };
  const sealed = (more: Partial<FrameContent> = {}, attach = true, ticket = own, signer = key) =>
    sealFrame({ ...content, ...more }, ticket, attach, signer);
  const read = (name: string, frame: Uint8Array, expect: VectorCase['expect'], more: object = {}) => ({
    name,
    frame: text(frame),
    self: text(to.node),
    nowMs,
    known: [],
    ...more,
    expect,
  });
  const knows = { known: [{ archive: alice.x, ticket: text(own.bytes) }] };
  const good = async (name: string, more: Partial<FrameContent>, attach = true): Promise<VectorCase> => {
    const { isFlood, isObserver, wantsTicket, atMs, payload: said } = { ...content, ...more };
    const members = { isFlood, isObserver, wantsTicket, atMs, broughtTicket: attach };
    const expected = { ok: true as const, ...members, from: text(own.node), payload: text(said) };
    return read(name, await sealed(more, attach), expected, attach ? {} : knows);
  };
  const frame = await sealed();
  const bad = (name: string, code: ErrorCode, bytes: Uint8Array, more: object = {}): VectorCase =>
    read(name, bytes, refusal(code), more);
  const set = (index: number, value: number): Uint8Array => frame.with(index, value);
  const empty = new Uint8Array(0);
  const bare = await sealed({}, false);
  return [
    await good('a frame with its ticket', {}),
    await good('a frame of whom the ticket is known', {}, false),
    await good('a flood', { isFlood: true }),
    await good('of an observer', { isObserver: true }, false),
    await good('asking for a ticket', { wantsTicket: true, payload: empty }, false),
    await good('bringing a ticket only', { payload: empty }),
    await good('two minutes behind', { atMs: nowMs - 120_000 }),
    await good('two minutes ahead', { atMs: nowMs + 120_000 }),
    bad('more than two minutes behind', 'frame-untimely', await sealed({ atMs: nowMs - 120_001 })),
    bad('more than two minutes ahead', 'frame-untimely', await sealed({ atMs: nowMs + 120_001 })),
    bad('for another node', 'frame-invalid', await sealed({ to: other.node })),
    bad('of whom no ticket is known', 'ticket-missing', bare),
    bad('of whom an ended ticket is known', 'ticket-missing', bare, {
      known: [{ archive: alice.x, ticket: text((await ticketOf(sender, now - 120)).bytes) }],
    }),
    bad(
      'with the ticket of another node',
      'ticket-invalid',
      await sealed({}, true, { ...other, node: own.node }),
    ),
    bad('with an ended ticket', 'ticket-invalid', await sealed({}, true, await ticketOf(sender, now - 120))),
    bad(
      'signed by another node',
      'frame-invalid',
      await sealed({}, true, own, await signingKeyFromJwk(third)),
    ),
    bad('of version 0', 'frame-invalid', set(0, 0)),
    bad('of version 2', 'frame-invalid', set(0, 2)),
    bad('of class 2', 'frame-invalid', set(1, 2)),
    bad('with an unknown flag', 'frame-invalid', set(2, 9)),
    bad('of another class than was signed', 'frame-invalid', set(1, 1)),
    bad('of another role than was signed', 'frame-invalid', set(2, 3)),
    bad('without the flag of its ticket', 'ticket-missing', set(2, 0)),
    bad('with another payload', 'frame-invalid', set(frame.length - 65, 0)),
    bad('with another signature', 'frame-invalid', set(frame.length - 1, frame.at(-1)! ^ 1)),
    bad('cut short', 'frame-invalid', frame.subarray(0, -1)),
    bad('that goes on', 'frame-invalid', concatBytes(frame, Uint8Array.of(0))),
    bad('cut short inside the ticket', 'frame-invalid', frame.subarray(0, 200)),
    bad('that says nothing', 'frame-invalid', concatBytes(bare.subarray(0, 73), bare.subarray(-64)), knows),
    bad('of no bytes', 'frame-invalid', empty),
  ];
}
