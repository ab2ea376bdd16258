import { describe, expect, it } from '@jest/globals';
import { encodeRelayedFrame, limits } from '@holdfast/protocol';
import type { LossyChannel, RelaySession } from '../peers/link-opener.js';
import { frameOf } from '../../test/node-client.js';
import { archiveLimits } from '../limits.js';
import { FrameBudgets } from './frame-budgets.js';
import { NodeRegistry, type JoinedNode } from './node-registry.js';
import { RelayService } from './relay.service.js';

const idOf = (number: number): string => Buffer.alloc(32, number).toString('base64url');
const bytesOf = (id: string): Buffer => Buffer.from(id, 'base64url');
const [here, there] = [idOf(8), idOf(9)];
const rates = { framesPerSecond: 100, bytesPerSecond: 1_000_000, floodsPerMinute: 2 };

/** What was written, and whether it is read: what was text as an object, what was binary as a Buffer. */
class Side {
  readonly frames: object[] = [];
  reads = true;
  misbehaviour: string | undefined;

  offer(message: string | Uint8Array): boolean {
    const read = () => (typeof message === 'string' ? (JSON.parse(message) as object) : Buffer.from(message));
    if (this.reads) this.frames.push(read());
    return this.reads;
  }

  misbehaved(detail: string): void {
    this.misbehaviour = detail;
  }
}

function archive() {
  const nodes = new NodeRegistry();
  const budgets = new FrameBudgets(rates);
  const counts: string[] = [];
  const clock = { nowMs: 0 };
  const relay = new RelayService({
    archive: here,
    nodes,
    budgets,
    metrics: {
      carried: (way) => counts.push(way),
      dropped: (reason) => counts.push(reason),
      gone: () => counts.push('gone'),
    },
    nowMs: () => clock.nowMs,
    random: () => 0,
    toldNodesMax: 2,
  });
  const join = (number: number, role: JoinedNode['role'] = 'server') => {
    const connection = new Side();
    const [node, n] = [idOf(number), number];
    const joined: JoinedNode = {
      ...{ node, archive: here, role, n, connection, expiresAtMs: 1, end: () => undefined },
    };
    nodes.add(joined);
    return { joined, connection };
  };
  const link = (id = there): { channel: Side; session: RelaySession } => {
    const channel: Side & LossyChannel = new Side();
    return { channel, session: relay.open({ id, dialedByUs: true }, channel) };
  };
  return { nodes, counts, clock, relay, join, link };
}

const frame = (from: string, to: string, isFlood = false) => frameOf({ from, to, isFlood });
/** As a node is brought it. */
const relayed = (n: number, archive: string, brought: Uint8Array): Buffer =>
  Buffer.from(encodeRelayedFrame({ n, archive: bytesOf(archive), frame: brought }));

describe('a frame for a node of a peer', () => {
  it('goes over its link, and from there to the node', () => {
    const { relay, join, link, counts } = archive();
    const { joined, connection } = join(1);
    const { channel, session } = link();
    const sent = frame(idOf(1), idOf(5));
    relay.relay(joined, bytesOf(there), sent);
    expect(channel.frames.at(-1)).toEqual(sent);
    const answer = frame(idOf(5), idOf(1));
    expect(session.received(answer)).toBe(true);
    expect(connection.frames).toEqual([relayed(1, there, answer)]);
    expect(counts).toEqual(['to-peer', 'from-peer']);
  });

  it.each(['not linked', 'no longer linked', 'one that does not read'])(
    'is lost when the peer is %s, and the sender hears it',
    (state) => {
      const { relay, join, link } = archive();
      const { joined, connection } = join(1);
      if (state !== 'not linked') {
        const { channel, session } = link();
        if (state === 'no longer linked') session.closed();
        else channel.reads = false;
      }
      relay.relay(joined, bytesOf(there), frame(idOf(1), idOf(5)));
      expect(connection.frames).toEqual([{ op: 'gone', n: 1, node: idOf(5), archive: there }]);
    },
  );

  it('goes over the link that is newest, whichever of two ends', () => {
    const { relay, join, link } = archive();
    const { joined } = join(1);
    const [before, now] = [link(), link()];
    before.session.closed();
    relay.relay(joined, bytesOf(there), frame(idOf(1), idOf(5)));
    expect(now.channel.frames).toHaveLength(2);
  });

  it('that was not there is told of to its sender, as one of that peer and of no other', () => {
    const { relay, join, link } = archive();
    const { joined, connection } = join(1);
    const { session } = link();
    for (let i = 0; i < 2; i++) relay.relay(joined, bytesOf(there), frame(idOf(1), idOf(5)));
    session.received(JSON.stringify({ op: 'gone', to: idOf(1), node: idOf(5) }));
    expect(connection.frames).toEqual([{ op: 'gone', n: 1, node: idOf(5), archive: there }]);
    // Of somebody who is no longer here.
    session.received(JSON.stringify({ op: 'gone', to: idOf(2), node: idOf(5) }));
    expect(connection.frames).toHaveLength(1);
  });
});

describe('a frame from a peer', () => {
  it.each(['not there', 'one that does not read'])('is answered by gone when its node is %s', (state) => {
    const { join, link } = archive();
    if (state !== 'not there') join(1).connection.reads = false;
    const { channel, session } = link();
    session.received(frame(idOf(5), idOf(1)));
    expect(channel.frames.at(-1)).toEqual({ op: 'gone', to: idOf(5), node: idOf(1) });
  });

  it.each([
    ['empty', new Uint8Array(0)],
    ['a byte too short', frame(idOf(5), idOf(1)).subarray(1)],
    ['a byte too long', frameOf({ from: idOf(5), to: idOf(1) }, limits.nodeFrameBytesMax + 1)],
    ['of another version', frame(idOf(5), idOf(1)).fill(2, 0, 1)],
    ['of no class', frame(idOf(5), idOf(1)).fill(2, 1, 2)],
    ['text instead, and no JSON', '{"op":"gone"'],
    ['text instead, and of no shape', '{"op":"nodes","nodes":[7]}'],
    ['text instead, and long', `{"op":"nodes","nodes":[]${' '.repeat(1_024)}}`],
  ])('that is %s ends the link', (_what, message) => {
    const { join, link } = archive();
    const { connection } = join(1);
    const { channel, session } = link();
    expect(session.received(message)).toBe(true);
    expect(channel.misbehaviour).toBeDefined();
    expect(connection.frames).toEqual([]);
  });

  it.each(['{"op":"hello"}', '{"op":"answer","n":1}', '{"n":1,"op":"gone"}', '{"op":"relay"}', 'garbage'])(
    'is none when it reads %s: gossip has it',
    (text) => {
      const { channel, session } = archive().link();
      expect(session.received(text)).toBe(false);
      expect(channel.misbehaviour).toBeUndefined();
    },
  );

  it('is dropped beyond what a peer may have carried, and counted', () => {
    const { join, link, counts, clock } = archive();
    const { connection } = join(1);
    const { channel, session } = link();
    const sent = frame(idOf(5), idOf(1));
    const bound = archiveLimits.peerRelayFramesPerSecondMax;
    for (let i = 0; i < bound + 3; i++) session.received(sent);
    expect(connection.frames).toHaveLength(bound);
    expect(counts.filter((each) => each === 'peer')).toHaveLength(3);
    clock.nowMs += 1_000;
    session.received(sent);
    expect(connection.frames).toHaveLength(bound + 1);
    expect(channel.misbehaviour).toBeUndefined();
  });
});

describe('a frame that is handed on', () => {
  it('is no part of the memory in which it came', () => {
    const { relay, join, link } = archive();
    const { joined } = join(1);
    const offered: Uint8Array[] = [];
    const offer = (message: string | Uint8Array): boolean => {
      if (typeof message !== 'string') offered.push(message);
      return true;
    };
    join(2).connection.offer = offer;
    link().channel.offer = offer;
    const chunk = Buffer.alloc(64 * 1_024);
    for (const [to, archiveId] of [
      [idOf(2), here],
      [idOf(5), there],
    ] as const) {
      const sent = frame(idOf(1), to);
      chunk.set(sent, 100);
      relay.relay(joined, bytesOf(archiveId), chunk.subarray(100, 100 + sent.length));
      expect(offered.at(-1)!.buffer).not.toBe(chunk.buffer);
      chunk.fill(0);
      expect(Buffer.from(offered.at(-1)!.subarray(-sent.length))).toEqual(sent);
    }
  });
});

describe('a frame of a node that is here', () => {
  it.each([
    ['of another version', frame(idOf(1), idOf(2)).fill(2, 0, 1), 'request-malformed'],
    ['of no class', frame(idOf(1), idOf(2)).fill(2, 1, 2), 'request-malformed'],
    ['from another node', frame(idOf(3), idOf(2)), 'not-authorised'],
  ])('is refused when it is %s', (_what, sent, code) => {
    const { relay, join, counts } = archive();
    const { joined } = join(1);
    const { connection } = join(2);
    expect(() => relay.relay(joined, bytesOf(here), sent)).toThrow(expect.objectContaining({ code }));
    expect(connection.frames).toEqual([]);
    expect(counts).toEqual([]);
  });

  it('is brought under the number of the join, and says at which archive its sender is', () => {
    const { relay, join } = archive();
    const { joined } = join(1);
    const { connection } = join(2);
    const sent = frame(idOf(1), idOf(2));
    relay.relay(joined, bytesOf(here), sent);
    expect(connection.frames).toEqual([relayed(2, here, sent)]);
  });
});

describe('what is over a budget', () => {
  it('is dropped and counted, and answered once', () => {
    const { relay, join, counts } = archive();
    const { joined } = join(1);
    const { connection } = join(2);
    const flood = () => relay.relay(joined, bytesOf(here), frame(idOf(1), idOf(2), true));
    flood();
    flood();
    expect(flood).toThrow(expect.objectContaining({ code: 'quota-exceeded' }));
    flood();
    expect(connection.frames).toHaveLength(2);
    expect(counts).toEqual(['here', 'here', 'relay-floods', 'relay-floods']);
  });
});

describe('peers', () => {
  it('can be told at once of a server that has come, and need not be of an observer', () => {
    const { nodes, join } = archive();
    let told = 0;
    nodes.onServer = () => told++;
    join(1, 'observer');
    expect(told).toBe(0);
    join(2);
    expect(told).toBe(1);
  });

  it('are told of some of the servers that are here, and are believed as long as they are linked', () => {
    const { nodes, relay, join, link } = archive();
    for (const number of [1, 2, 3]) join(number);
    join(4, 'observer');
    const { channel, session } = link();
    const told = channel.frames[0] as { op: string; nodes: string[] };
    expect(told.op).toBe('nodes');
    expect(told.nodes).toHaveLength(2);
    expect([1, 2, 3].map(idOf)).toEqual(expect.arrayContaining(told.nodes));
    relay.tellPeers();
    expect(channel.frames).toHaveLength(2);

    const nearest = () => nodes.nearest(idOf(5), 8, undefined).filter((each) => each.archive === there);
    session.received(JSON.stringify({ op: 'nodes', nodes: [idOf(5), idOf(6), idOf(6)] }));
    expect(nearest()).toEqual([
      { node: idOf(5), archive: there },
      { node: idOf(6), archive: there },
    ]);
    session.received(JSON.stringify({ op: 'nodes', nodes: [idOf(7)] }));
    expect(nearest()).toEqual([{ node: idOf(7), archive: there }]);
    session.closed();
    expect(nearest()).toEqual([]);
  });
});
