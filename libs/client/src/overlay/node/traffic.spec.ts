/** Which way messages go when there is more than one: a node whose archive relays for it, and a contact that may be linked. */
import { describe, expect, it } from '@jest/globals';
import {
  decodeMessage,
  decodePacket,
  encodeMessage,
  DhtNode,
  Key,
  type Contact,
  type Message,
  type Packet,
} from '@holdfast/dht';
import { generatePrivateJwk, parseFrame, sealFrame, valueOf } from '@holdfast/protocol';
import { idOf, newAuthor } from '../../../test/coast.js';
import { ticketFor } from '../../../test/node-tickets.js';
import { turn } from '../../../test/node-waters.js';
import { StandingClock } from '../../../test/standing-clock.js';
import type { PeerLinks } from '../links/peer-links.js';
import type { Home } from '../membership/home.js';
import { NodeShell } from './node-shell.js';
import { Traffic } from './traffic.js';

const other: Contact = { id: new Key(new Uint8Array(32).fill(7)), archive: idOf(8) };
const budget = { framesPerSecond: 1_000, bytesPerSecond: 1_000_000, floodsPerMinute: 1_000 };

/** A crate for the other one, with a number to know it by. */
const crate = (n: number): Message => ({ kind: 'deliver', n, purpose: 'crate', bytes: new Uint8Array(9) });
const numberOf = (payload: Uint8Array): number => valueOf(decodeMessage(payload)).n;
const frameNumber = (frame: Uint8Array): number => numberOf(valueOf(parseFrame(frame)).payload);

async function joined() {
  const clock = new StandingClock();
  const archive = await generatePrivateJwk();
  const key = await newAuthor();
  const ticket = await ticketFor(key, archive, { issuedSeconds: Math.floor(clock.now() / 1000) });
  const self = { id: new Key(ticket.node), archive: ticket.archive };
  const relayed: number[] = [];
  const packets: Packet[] = [];
  const link = { takesPackets: true };
  const home = {
    link: {},
    relay: (_: Contact, frame: Uint8Array) => relayed.push(frameNumber(frame)) > 0,
  } as unknown as Home;
  const links: PeerLinks = {
    open: [],
    connect: () => undefined,
    signalled: () => undefined,
    send: (_, packet) => {
      if (link.takesPackets) packets.push(valueOf(decodePacket(packet)));
      return link.takesPackets;
    },
    disconnect: () => undefined,
    close: () => undefined,
  };
  const node = new DhtNode({ self, role: 'server', random: () => 0.5, nowMs: clock.now() });
  const shell = new NodeShell(node, clock, {
    carry: () => undefined,
    settled: () => undefined,
    broke: (error) => {
      throw error;
    },
  });
  const traffic = new Traffic({ membership: { self, ticket, budget }, key, clock, home, shell, links });
  /** Frames are signed one after the other: what was sent before has gone its way by then. */
  const relayedBy = async (count: number): Promise<readonly number[]> => {
    while (relayed.length < count) await turn();
    return relayed;
  };
  return { traffic, packets, link, relayed, relayedBy, node, clock, archive };
}

describe('a message to a contact with a direct link, while an archive relays', () => {
  it('goes over the link, and not to the archive', async () => {
    const { traffic, packets, relayedBy } = await joined();
    traffic.send(other, crate(1));
    expect(await relayedBy(1)).toEqual([1]);
    traffic.linked(other.id, true);
    traffic.send(other, crate(2));
    expect(packets.map((packet) => packet.kind === 'message' && numberOf(packet.payload))).toEqual([2]);
    traffic.linked(other.id, false);
    traffic.send(other, crate(3));
    expect(await relayedBy(2)).toEqual([1, 3]);
    expect(packets).toHaveLength(1);
  });

  it('goes over the link also when that opens while the message is being signed for the archive', async () => {
    const { traffic, packets, relayed } = await joined();
    traffic.send(other, crate(1));
    traffic.linked(other.id, true);
    while (packets.length + relayed.length === 0) await turn();
    expect(relayed).toEqual([]);
    expect(packets.map((packet) => packet.kind === 'forward' && frameNumber(packet.frame))).toEqual([1]);
  });

  it('goes to the archive when the link takes nothing more', async () => {
    const { traffic, link, relayedBy } = await joined();
    traffic.linked(other.id, true);
    link.takesPackets = false;
    traffic.send(other, crate(1));
    expect(await relayedBy(1)).toEqual([1]);
  });
});

it('a contact from whose link comes what no client sends is left when it goes on', async () => {
  const { traffic, node, clock, archive } = await joined();
  const key = await newAuthor();
  const ticket = await ticketFor(key, archive, { issuedSeconds: Math.floor(clock.now() / 1000) });
  const id = new Key(ticket.node);
  const say = async (n: number): Promise<void> => {
    const payload = encodeMessage({ kind: 'ping', n });
    const flags = { isFlood: false, isObserver: false, wantsTicket: false };
    const content = { ...flags, to: node.self.id.bytes, atMs: clock.now() + n, payload };
    traffic.framed(await sealFrame(content, ticket, true, key), ticket.archive);
    while (node.status.received.messages < n) await turn();
  };
  await say(1);
  expect(node.status).toMatchObject({ misbehaved: 0, received: { dropped: 0 } });
  traffic.packet(id, Uint8Array.of(9));
  expect(node.status.misbehaved).toBe(1);
  for (let i = 0; i < 3; i++) traffic.abused(id);
  const { dropped, messages } = node.status.received;
  await say(messages + 1);
  expect(node.status.received.dropped).toBe(dropped + 1);
});
