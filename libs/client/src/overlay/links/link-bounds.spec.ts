/** What a side takes from others, and what it does when nobody answers: by the real node-datachannel on loopback. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Key } from '@holdfast/dht';
import { decodeBase64url, encodeBase64url } from '@holdfast/protocol';
import { JumpingClock } from '../../../test/jumping-clock.js';
import { LinkSide } from '../../../test/link-side.js';
import { until } from '../../../test/people.js';
import { InboundAllowance } from './inbound-allowance.js';
import { linkLimits } from './link-limits.js';
import { LinkMemory } from './link-memory.js';
import { loadPeerConnections } from './open-peer-connection-node.js';
import type { PeerConnection } from './peer-connection.js';
import { decodeSignal, encodeSignal, type Candidate, type Signal } from './signal.js';

const onLoopback = { bindAddress: '127.0.0.1' };
const ends: { close(): void }[] = [];
afterEach(() => ends.splice(0).forEach((end) => end.close()));

/** A side, and what it says to whom. */
async function side(clock?: JumpingClock) {
  const said: { readonly to: number; readonly signal: Signal }[] = [];
  const one = new LinkSide(
    1,
    (to, text) => {
      const signal = decodeSignal(decodeBase64url(text)!);
      if (!signal.ok) throw new Error(signal.detail);
      said.push({ to, signal: signal.value });
    },
    clock,
  );
  ends.push(one);
  expect(await one.begin(onLoopback)).toBe(true);
  const hear = (from: number, signal: Signal): void =>
    one.signalled(from, encodeBase64url(encodeSignal(signal)));
  const kinds = (kind: Signal['kind']) => said.filter(({ signal }) => signal.kind === kind);
  return { one, said, hear, kinds };
}

/** An offer that somebody else makes, and how they go on. */
async function offering(messages: (Uint8Array | undefined)[] = []) {
  const candidates: Candidate[] = [];
  const open = (await loadPeerConnections(onLoopback))!;
  let sdp: string | undefined;
  let isOpen = false;
  let hasEnded = false;
  const connection: PeerConnection = open(undefined, {
    described: (text) => (sdp = text),
    candidate: (candidate) => candidates.push(candidate),
    gathered: () => undefined,
    opened: () => (isOpen = true),
    message: (bytes) => messages.push(bytes),
    wavering: () => undefined,
    ended: () => (hasEnded = true),
  });
  ends.push(connection);
  await until(() => sdp !== undefined && candidates.length > 0);
  const offer = (attempt: number): Signal => ({ kind: 'offer', attempt, sdp: sdp!, candidates });
  return { connection, offer, isOpen: () => isOpen, hasEnded: () => hasEnded };
}

/** Somebody who has a link to the side, and may say in it what they like. */
async function linked(clock?: JumpingClock) {
  const listening = await side(clock);
  const heard: (Uint8Array | undefined)[] = [];
  const { connection, offer, isOpen, hasEnded } = await offering(heard);
  listening.hear(2, offer(7));
  await until(() => listening.kinds('answer').length === 1);
  const { signal } = listening.kinds('answer')[0]!;
  if (signal.kind !== 'answer') throw new Error('This is no answer.');
  connection.answered(signal.sdp);
  connection.reachableAt(signal.candidates);
  for (const { signal: more } of listening.kinds('candidates')) {
    if (more.kind === 'candidates') connection.reachableAt(more.candidates);
  }
  await until(() => isOpen() && listening.one.open().length === 1);
  return { ...listening, connection, heard, hasEnded };
}

describe('a link', () => {
  it.each([
    ['malformed', [Uint8Array.of(9)]],
    ['too-large', [Uint8Array.of(1, 0xff, 0, 0, 0, ...new Uint8Array(20))]],
    ['too-large', [new Uint8Array(linkLimits.chunkBytesMax + 1)]],
  ] as const)('ends as %s when the other side sends such messages', async (why, messages) => {
    const { one, connection, hasEnded } = await linked();
    for (const message of messages) connection.send(message);
    await until(() => one.events.length === 2);
    expect(one.events).toEqual(['2 opened', `2 closed: ${why}`]);
    await until(hasEnded);
  });

  it('ends when the other side sends more than it may', async () => {
    const { one, connection } = await linked();
    const isOver = (): boolean => one.events.at(-1) === '2 closed: too-much';
    await until(() => {
      for (let i = 0; i < 1_000 && !isOver(); i++) {
        try {
          connection.send(Uint8Array.of(0, 1));
        } catch {
          break;
        }
      }
      return isOver();
    });
    expect(one.open()).toEqual([]);
  });

  it('ends soon when something is sent to a side that says nothing any more', async () => {
    const clock = new JumpingClock();
    const { one, heard } = await linked(clock);
    clock.jump({ seconds: linkLimits.silenceMs / 1000 });
    expect(one.send(2, 1, 7)).toBe(true);
    await until(() => heard.length === 2);
    expect(heard).toEqual([Uint8Array.of(0, 7), Uint8Array.of(3)]);
    expect(one.open()).toEqual([2]);
    clock.jump({ seconds: linkLimits.pulseAnswerMs / 1000 });
    await until(() => one.events.length === 2);
    expect(one.events[1]).toBe('2 closed: failed');
  });

  it('stays when that side answers, as every side does that is asked', async () => {
    const clock = new JumpingClock();
    const { one, heard, connection } = await linked(clock);
    connection.send(Uint8Array.of(3));
    await until(() => heard.length === 1);
    expect(heard).toEqual([Uint8Array.of(4)]);
    clock.jump({ seconds: linkLimits.silenceMs / 1000 });
    expect(one.send(2, 1, 7)).toBe(true);
    await until(() => heard.length === 3);
    connection.send(Uint8Array.of(4));
    connection.send(Uint8Array.of(0, 9));
    await until(() => one.events.includes('2 sent 1 of 9'));
    clock.jump({ seconds: linkLimits.pulseAnswerMs / 1000 });
    expect(one.open()).toEqual([2]);
    expect(one.send(2, 1, 7)).toBe(true);
  });

  it('is offered twice to somebody who does not answer, and then not for a while', async () => {
    const clock = new JumpingClock();
    clock.isHeld = true;
    const { one, kinds } = await side(clock);
    const passing = (count: number): Promise<void> =>
      until(() => {
        clock.jump({ seconds: 1 });
        return kinds('offer').length === count;
      });
    one.connect(2);
    await passing(2);
    clock.jump({ seconds: linkLimits.connectMs / 1000 });
    one.connect(2);
    clock.jump({ seconds: 1 });
    expect(kinds('offer')).toHaveLength(2);
    clock.jump({ seconds: linkLimits.restMs / 1000 });
    one.connect(2);
    await passing(3);
    expect(one.events).toEqual([]);
  });

  it('is not taken when others have offered as many as there may be', async () => {
    const { offer } = await offering();
    const { hear, kinds } = await side();
    for (let from = 2; from < 2 + linkLimits.linksOfferedMax + 1; from++) hear(from, offer(from));
    await until(() => kinds('answer').length === linkLimits.linksOfferedMax);
    const last = 2 + linkLimits.linksOfferedMax;
    expect(kinds('bye')).toEqual([{ to: last, signal: { kind: 'bye', attempt: last } }]);
  });
});

describe('what is remembered of contacts', () => {
  const idOf = (n: number): Key => new Key(new Uint8Array(32).fill(n));

  it('is how often they offer, and lets them again after a while', () => {
    const memory = new LinkMemory();
    const { offersPerWindowMax, offersWindowMs } = linkLimits;
    const offers = Array.from({ length: offersPerWindowMax + 1 }, () => memory.mayOffer(idOf(1), 1));
    expect(offers).toEqual([...Array.from({ length: offersPerWindowMax }, () => true), false]);
    expect(memory.mayOffer(idOf(2), 1)).toBe(true);
    expect(memory.mayOffer(idOf(1), 1 + offersWindowMs)).toBe(true);
  });

  it('is that there was no way to them, of a bounded number', () => {
    const memory = new LinkMemory();
    memory.failed(idOf(1), 0);
    expect([0, linkLimits.restMs - 1, linkLimits.restMs].map((at) => memory.rests(idOf(1), at))).toEqual([
      true,
      true,
      false,
    ]);
    for (let n = 0; n < linkLimits.contactsRememberedMax; n++) {
      memory.failed(new Key(new Uint8Array(32).fill(2).fill(n, 1, 2)), 0);
    }
    expect(memory.rests(idOf(1), 0)).toBe(false);
  });
});

describe('what the other side may send', () => {
  it('is a burst, and then as much as a second allows', () => {
    const { chunksBurst, chunksPerSecond, bytesBurst, bytesPerSecond } = linkLimits;
    const allowance = new InboundAllowance(0);
    for (let i = 0; i < chunksBurst; i++) expect(allowance.take(1, 0)).toBe(true);
    expect(allowance.take(1, 0)).toBe(false);
    const later = new InboundAllowance(0);
    expect(later.take(bytesBurst, 0)).toBe(true);
    expect(later.take(bytesPerSecond, 1_000)).toBe(true);
    expect(later.take(1, 1_000)).toBe(false);
    expect(chunksPerSecond).toBeLessThan(chunksBurst);
  });
});
