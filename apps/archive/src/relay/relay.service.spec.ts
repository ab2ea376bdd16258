import { describe, expect, it } from '@jest/globals';
import type { LossyChannel, RelaySession } from '../peers/link-opener.js';
import { frameOf } from '../../test/node-client.js';
import { archiveLimits } from '../limits.js';
import { boundsOf, FrameBudget } from './frame-budget.js';
import { NodeRegistry, type JoinedNode } from './node-registry.js';
import { RelayService } from './relay.service.js';

const [here, there] = [Buffer.alloc(32, 8).toString('base64url'), Buffer.alloc(32, 9).toString('base64url')];
const idOf = (number: number): string => Buffer.alloc(32, number).toString('base64url');
const rates = { framesPerSecond: 100, bytesPerSecond: 1_000_000, floodsPerMinute: 2 };

/** What was written, and whether it is read. */
class Side {
  readonly frames: Record<string, unknown>[] = [];
  reads = true;
  misbehaviour: string | undefined;

  offer(text: string): boolean {
    if (this.reads) this.frames.push(JSON.parse(text) as Record<string, unknown>);
    return this.reads;
  }

  misbehaved(detail: string): void {
    this.misbehaviour = detail;
  }
}

function archive() {
  const nodes = new NodeRegistry();
  const counts: string[] = [];
  const clock = { nowMs: 0 };
  const relay = new RelayService({
    archive: here,
    nodes,
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
    const budget = new FrameBudget(boundsOf(rates), 0);
    const [node, n] = [idOf(number), number];
    const joined: JoinedNode = {
      ...{ node, archive: here, role, n, connection, budget, expiresAtMs: 1, end: () => undefined },
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

describe('a frame for a node of a peer', () => {
  it('goes over its link, and from there to the node', () => {
    const { relay, join, link, counts } = archive();
    const { joined, connection } = join(1);
    const { channel, session } = link();
    const sent = frame(idOf(1), idOf(5));
    relay.relay(joined, { node: idOf(5), archive: there }, sent);
    expect(channel.frames.at(-1)).toEqual({ op: 'relay', to: idOf(5), frame: sent });
    const answer = frame(idOf(5), idOf(1));
    expect(session.received(JSON.stringify({ op: 'relay', to: idOf(1), frame: answer }))).toBe(true);
    const from = { node: idOf(5), archive: there };
    expect(connection.frames).toEqual([{ op: 'frame', n: 1, from, frame: answer }]);
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
      relay.relay(joined, { node: idOf(5), archive: there }, frame(idOf(1), idOf(5)));
      expect(connection.frames).toEqual([{ op: 'gone', n: 1, node: idOf(5), archive: there }]);
    },
  );

  it('goes over the link that is newest, whichever of two ends', () => {
    const { relay, join, link } = archive();
    const { joined } = join(1);
    const [before, now] = [link(), link()];
    before.session.closed();
    relay.relay(joined, { node: idOf(5), archive: there }, frame(idOf(1), idOf(5)));
    expect(now.channel.frames).toHaveLength(2);
  });

  it('that was not there is told of to its sender, as one of that peer and of no other', () => {
    const { relay, join, link } = archive();
    const { joined, connection } = join(1);
    const { session } = link();
    for (let i = 0; i < 2; i++)
      relay.relay(joined, { node: idOf(5), archive: there }, frame(idOf(1), idOf(5)));
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
    session.received(JSON.stringify({ op: 'relay', to: idOf(1), frame: frame(idOf(5), idOf(1)) }));
    expect(channel.frames.at(-1)).toEqual({ op: 'gone', to: idOf(5), node: idOf(1) });
  });

  it.each([
    ['no JSON', '{"op":"relay"'],
    ['of no shape', '{"op":"nodes","nodes":[7]}'],
    ['too long', `{"op":"relay","to":"${idOf(1)}","frame":"${'A'.repeat(300_000)}"}`],
    [
      'for another node than it says',
      JSON.stringify({ op: 'relay', to: idOf(2), frame: frame(idOf(5), idOf(1)) }),
    ],
    ['of another version', JSON.stringify({ op: 'relay', to: idOf(1), frame: 'A'.repeat(183) })],
  ])('that is %s ends the link', (_what, text) => {
    const { join, link } = archive();
    const { connection } = join(1);
    const { channel, session } = link();
    expect(session.received(text)).toBe(true);
    expect(channel.misbehaviour).toBeDefined();
    expect(connection.frames).toEqual([]);
  });

  it.each(['{"op":"hello"}', '{"op":"answer","n":1}', '{"n":1,"op":"relay"}', '{"op":"relayed"}', 'garbage'])(
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
    const text = JSON.stringify({ op: 'relay', to: idOf(1), frame: frame(idOf(5), idOf(1)) });
    const bound = archiveLimits.peerRelayFramesPerSecondMax;
    for (let i = 0; i < bound + 3; i++) session.received(text);
    expect(connection.frames).toHaveLength(bound);
    expect(counts.filter((each) => each === 'peer')).toHaveLength(3);
    clock.nowMs += 1_000;
    session.received(text);
    expect(connection.frames).toHaveLength(bound + 1);
    expect(channel.misbehaviour).toBeUndefined();
  });
});

describe('what is over a budget', () => {
  it('is dropped and counted, and answered once', () => {
    const { relay, join, counts } = archive();
    const { joined } = join(1);
    const { joined: other, connection } = join(2);
    const flood = () => relay.relay(joined, other, frame(idOf(1), idOf(2), true));
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
