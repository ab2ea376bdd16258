import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeUtf8 } from '../encoding/bytes.js';
import { valueOf } from '../errors/result.js';
import { generatePrivateJwk, signingKeyFromJwk, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { openFrame, parseFrame, sealFrame, type FrameContent, type FrameReader } from './frame.js';
import { ReplayWindow } from './replay-window.js';
import { issueTicket, ticketNonceOf, verifyTicket, type Ticket } from './ticket.js';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1_000;

interface Node {
  readonly key: SigningKey;
  readonly ticket: Ticket;
}
let archive: SigningKey;
let alice: Node;
let bob: Node;
const newKey = async () => signingKeyFromJwk(await generatePrivateJwk());

async function ticketFor(key: SigningKey, expiry = now + 86_400): Promise<Ticket> {
  const nonce = await ticketNonceOf(new Uint8Array(32), key.publicKey);
  const bytes = await issueTicket(key.publicKey, nonce, expiry, archive);
  return valueOf(await verifyTicket(bytes, archive.publicKey, expiry - 1));
}
const newNode = async (): Promise<Node> => {
  const key = await newKey();
  return { key, ticket: await ticketFor(key) };
};

beforeAll(async () => {
  archive = await newKey();
  [alice, bob] = [await newNode(), await newNode()];
});

const contentFor = (to: Node, more: Partial<FrameContent> = {}): FrameContent => ({
  isFlood: false,
  isObserver: false,
  wantsTicket: false,
  to: to.ticket.node,
  atMs: nowMs,
  payload: encodeUtf8('kelp'),
  ...more,
});
const fromAlice = (more: Partial<FrameContent> = {}, attach = true) =>
  sealFrame(contentFor(bob, more), alice.ticket, attach, alice.key);
const bobReads = (more: Partial<FrameReader> = {}): FrameReader => ({
  self: bob.ticket.node,
  nowMs,
  ticketOf: () => undefined,
  seen: new ReplayWindow(),
  ...more,
});
async function codeOf(bytes: Uint8Array, reader = bobReads()): Promise<string> {
  const opened = await openFrame(bytes, reader);
  return opened.ok ? 'accepted' : opened.code;
}
const knowsAlice = () => bobReads({ ticketOf: () => alice.ticket });

describe('a frame', () => {
  it.each([
    { isFlood: true, isObserver: false, wantsTicket: false, attach: true },
    { isFlood: false, isObserver: true, wantsTicket: false, attach: false },
    { isFlood: false, isObserver: false, wantsTicket: true, attach: false },
  ])('brings what its sender has said: %j', async ({ attach, ...more }) => {
    const content = contentFor(bob, more);
    const frame = await sealFrame(content, alice.ticket, attach, alice.key);
    const opened = await openFrame(frame, knowsAlice());
    expect(opened).toEqual({
      ok: true,
      value: { ...content, sender: alice.ticket, broughtTicket: attach },
    });
  });

  it('makes its sender known by the ticket that it brings', async () => {
    expect(valueOf(await openFrame(await fromAlice(), bobReads())).sender).toEqual(alice.ticket);
  });

  it('of somebody whose ticket is not known has it asked for', async () => {
    expect(await codeOf(await fromAlice({}, false))).toBe('ticket-missing');
    const late = await ticketFor(alice.key, now - limits.nodeClockSkewSecondsMax);
    const frame = await sealFrame(contentFor(bob), late, false, alice.key);
    expect(await codeOf(frame, bobReads({ ticketOf: () => late }))).toBe('ticket-missing');
  });

  it('asks for a ticket, or brings one, without a message, and else has one', async () => {
    const payload = new Uint8Array(0);
    expect(await codeOf(await fromAlice({ payload }))).toBe('accepted');
    expect(await codeOf(await fromAlice({ payload, wantsTicket: true }, false), knowsAlice())).toBe(
      'accepted',
    );
    await expect(fromAlice({ payload }, false)).rejects.toThrow(RangeError);
  });

  it('is not taken twice, also not when both copies are read at the same time', async () => {
    const frame = await fromAlice();
    const reader = bobReads();
    const verdicts = await Promise.all([codeOf(frame, reader), codeOf(frame, reader)]);
    expect(verdicts.toSorted()).toEqual(['accepted', 'frame-untimely']);
    expect(await codeOf(frame, reader)).toBe('frame-untimely');
  });

  it('that was forged does not keep the true one out', async () => {
    const frame = await fromAlice();
    const forged = frame.slice();
    forged[frame.length - 65]! ^= 1;
    const reader = bobReads();
    expect(await codeOf(forged, reader)).toBe('frame-invalid');
    expect(await codeOf(frame, reader)).toBe('accepted');
  });

  it.each([-1, 1])('is taken as long as clocks agree about it (%d)', async (direction) => {
    const skewMs = direction * limits.nodeClockSkewSecondsMax * 1_000;
    expect(await codeOf(await fromAlice({ atMs: nowMs + skewMs }))).toBe('accepted');
    expect(await codeOf(await fromAlice({ atMs: nowMs + skewMs + direction }))).toBe('frame-untimely');
  });

  it('is for one node only', async () => {
    const carol = await newNode();
    expect(await codeOf(await fromAlice(), bobReads({ self: carol.ticket.node }))).toBe('frame-invalid');
  });

  it("does not pass with somebody else's ticket or name", async () => {
    const mallory = await newNode();
    const withAlices = await sealFrame(contentFor(bob), alice.ticket, true, mallory.key);
    expect(await codeOf(withAlices)).toBe('frame-invalid');
    expect(await codeOf(withAlices, knowsAlice())).toBe('frame-invalid');
    const named = { ...mallory.ticket, node: alice.ticket.node };
    expect(await codeOf(await sealFrame(contentFor(bob), named, true, mallory.key))).toBe('ticket-invalid');
    const withoutTicket = await sealFrame(contentFor(bob), named, false, mallory.key);
    expect(await codeOf(withoutTicket, knowsAlice())).toBe('frame-invalid');
  });

  it('is worth nothing with any bit changed, whoever knows the sender already', async () => {
    for (const attach of [true, false]) {
      const frame = await fromAlice({}, attach);
      for (let byte = 0; byte < frame.length; byte++) {
        const changed = frame.slice();
        changed[byte]! ^= 1 << (byte & 7);
        expect(await codeOf(changed, knowsAlice())).not.toBe('accepted');
      }
    }
  });

  it('has a bounded length', async () => {
    const longest = await fromAlice({ payload: new Uint8Array(limits.nodePayloadBytesMax) });
    expect(longest).toHaveLength(limits.nodeFrameBytesMax);
    expect(await codeOf(longest)).toBe('accepted');
    expect(await codeOf(new Uint8Array([...longest, 0]))).toBe('frame-invalid');
    await expect(fromAlice({ payload: new Uint8Array(limits.nodePayloadBytesMax + 1) })).rejects.toThrow(
      RangeError,
    );
  });

  it('of any bytes is refused or read, and never throws', async () => {
    const whole = await fromAlice();
    const anyCut = fc.nat({ max: whole.length - 1 }).map((length) => whole.subarray(0, length));
    const anyBytes = fc.uint8Array({ maxLength: 400, size: 'max' });
    // Right at the beginning, so that more than the version is looked at.
    const anyBody = anyBytes.map(
      (bytes) => new Uint8Array([1, bytes.length & 1, bytes.length & 7, ...bytes]),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyCut, anyBytes, anyBody), async (bytes) => {
        parseFrame(bytes);
        expect(await codeOf(bytes)).not.toBe('accepted');
      }),
    );
  });

  it.each([
    ['another version', 0, 2],
    ['another class', 1, 2],
    ['an unknown flag', 2, 8],
  ])('of %s is refused', async (_, index, value) => {
    const frame = await fromAlice();
    frame[index] = value;
    expect(parseFrame(frame)).toMatchObject({ ok: false, code: 'frame-invalid' });
  });

  it('shows an archive who it is from, and whether it is a flood', async () => {
    const frame = valueOf(parseFrame(await fromAlice({ isFlood: true })));
    expect(frame).toMatchObject({ isFlood: true, from: alice.ticket.node, to: bob.ticket.node, atMs: nowMs });
    expect(frame.attached).toEqual({ archive: archive.publicKey, ticket: alice.ticket.bytes });
  });
});
