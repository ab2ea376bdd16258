import { describe, expect, it } from '@jest/globals';
import { parseRelayedFrame, valueOf } from '@holdfast/protocol';
import type { LossyChannel, RelaySession } from '../peers/link-opener.js';
import { frameOf } from '../../test/node-client.js';
import { archiveLimits } from '../limits.js';
import { FrameBudgets } from './frame-budgets.js';
import { NodeRegistry, type JoinedNode } from './node-registry.js';
import { RelayService } from './relay.service.js';

const bytesOf = (first: number, second = 0): Buffer => Buffer.alloc(32).fill(first, 0, 1).fill(second, 1, 3);
const idOf = (first: number, second = 0): string => bytesOf(first, second).toString('base64url');
const [here, liar, honest] = [idOf(201), idOf(202), idOf(203)];
const bytesOfText = (id: string): Buffer => Buffer.from(id, 'base64url');
const relayedOf = (message: Uint8Array): object => {
  const { archive: by, frame } = valueOf(parseRelayedFrame(message));
  return { archive: Buffer.from(by), frame: Buffer.from(frame) };
};
const rates = { framesPerSecond: 10_000, bytesPerSecond: 10_000_000, floodsPerMinute: 2 };
const nearbyMax = 8;

function archive() {
  const nodes = new NodeRegistry();
  const dropped: string[] = [];
  const clock = { nowMs: 0 };
  const relay = new RelayService({
    archive: here,
    nodes,
    budgets: new FrameBudgets(rates),
    metrics: { carried: () => undefined, dropped: (reason) => dropped.push(reason), gone: () => undefined },
    nowMs: () => clock.nowMs,
    random: () => 0,
    toldNodesMax: 16,
  });
  const join = (node: string) => {
    const heard: object[] = [];
    const offer = (message: string | Uint8Array): boolean =>
      heard.push(typeof message === 'string' ? (JSON.parse(message) as object) : relayedOf(message)) > 0;
    const joined: JoinedNode = {
      ...{ node, archive: here, role: 'server', n: 1, connection: { offer }, expiresAtMs: 1 },
      end: () => undefined,
    };
    nodes.add(joined);
    return { joined, heard };
  };
  const link = (id: string) => {
    const misbehaved: string[] = [];
    const channel: LossyChannel = { offer: () => true, misbehaved: (detail) => misbehaved.push(detail) };
    const session: RelaySession = relay.open({ id, dialedByUs: true }, channel);
    const says = (what: object): boolean => session.received(JSON.stringify(what));
    return { says, misbehaved, session };
  };
  return { nodes, dropped, clock, relay, join, link };
}

describe('a peer that names nodes as it likes', () => {
  it('leaves half of what a node is told to those that are here, however near a point it names others', () => {
    const { nodes, join, link } = archive();
    for (let i = 1; i <= 6; i++) join(idOf(0xf0, i));
    link(liar).says({ op: 'nodes', nodes: Array.from({ length: 16 }, (_, i) => idOf(0, i + 1)) });
    const told = nodes.nearest(idOf(0), nearbyMax, undefined);
    expect(told).toHaveLength(nearbyMax);
    expect(told.filter((each) => each.archive === here)).toHaveLength(4);
    // The nearest first, wherever they are.
    expect(told.map((each) => each.archive)).toEqual([liar, liar, liar, liar, here, here, here, here]);
  });

  it('fills what a node is told where there is nobody else', () => {
    const { nodes, join, link } = archive();
    join(idOf(0xf0));
    link(liar).says({ op: 'nodes', nodes: Array.from({ length: 16 }, (_, i) => idOf(0, i + 1)) });
    const told = nodes.nearest(idOf(0), nearbyMax, idOf(0xf0));
    expect(told.map((each) => each.archive)).toEqual(new Array(nearbyMax).fill(liar));
  });

  it('takes no node away from this archive or from another peer by claiming it', () => {
    const { nodes, join, link, relay } = archive();
    const { heard } = join(idOf(1));
    const { joined } = join(idOf(2));
    link(honest).says({ op: 'nodes', nodes: [idOf(3)] });
    const { says, session } = link(liar);
    says({ op: 'nodes', nodes: [idOf(1), idOf(2), idOf(3)] });
    const all = () => nodes.nearest(idOf(1), nearbyMax, undefined);
    expect(all()).toEqual(
      expect.arrayContaining([
        { node: idOf(1), archive: here },
        { node: idOf(2), archive: here },
        { node: idOf(3), archive: honest },
      ]),
    );
    expect(all().filter((each) => each.archive === liar)).toEqual([{ node: idOf(3), archive: liar }]);
    const sent = frameOf({ from: idOf(2), to: idOf(1) });
    relay.relay(joined, bytesOfText(here), sent);
    expect(heard).toEqual([{ archive: bytesOfText(here), frame: sent }]);
    session.closed();
    expect(all()).toHaveLength(3);
  });

  it('is listened to so often a minute, keeps one list, and is not cut off for it', () => {
    const { nodes, link, clock, dropped } = archive();
    const { says, misbehaved } = link(liar);
    const bound = archiveLimits.peerNodesPerMinuteMax;
    for (let i = 0; i < bound + 50; i++) says({ op: 'nodes', nodes: [idOf(7, i)] });
    expect(dropped).toEqual(new Array(50).fill('peer'));
    expect(nodes.nearest(idOf(7), nearbyMax, undefined)).toEqual([
      { node: idOf(7, bound - 1), archive: liar },
    ]);
    clock.nowMs += 60_000;
    says({ op: 'nodes', nodes: [idOf(9)] });
    expect(nodes.nearest(idOf(7), nearbyMax, undefined)).toEqual([{ node: idOf(9), archive: liar }]);
    expect(misbehaved).toEqual([]);
  });
});

describe('a peer that says gone of nodes as it likes', () => {
  it('is believed once for each frame that it was given, and of its own nodes only', () => {
    const { relay, join, link, dropped } = archive();
    const { joined, heard } = join(idOf(1));
    const { says } = link(liar);
    for (let i = 0; i < 20; i++) says({ op: 'gone', to: idOf(1), node: idOf(5) });
    expect(heard).toEqual([]);
    expect(dropped).toEqual(new Array(20).fill('peer'));
    for (let i = 0; i < 3; i++)
      relay.relay(joined, bytesOfText(liar), frameOf({ from: idOf(1), to: idOf(5) }));
    for (let i = 0; i < 20; i++) says({ op: 'gone', to: idOf(1), node: idOf(2) });
    expect(heard).toEqual([1, 2, 3].map(() => ({ op: 'gone', n: 1, node: idOf(2), archive: liar })));
  });

  it('does not keep frames from nodes of which it says so', () => {
    const { relay, join, link } = archive();
    const { joined } = join(idOf(1));
    const { heard } = join(idOf(2));
    const { says } = link(liar);
    relay.relay(joined, bytesOfText(liar), frameOf({ from: idOf(1), to: idOf(5) }));
    says({ op: 'gone', to: idOf(1), node: idOf(2) });
    const sent = frameOf({ from: idOf(1), to: idOf(2) });
    relay.relay(joined, bytesOfText(here), sent);
    expect(heard).toEqual([{ archive: bytesOfText(here), frame: sent }]);
  });
});
