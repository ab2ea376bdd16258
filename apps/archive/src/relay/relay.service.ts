/**
 * Carries frames from node to node (spec/relay.md, "Frames"): between connections of this archive, and over the links with
 * trusted peers to and from theirs, one hop far. It keeps nothing: a frame is handed on at once, or it is lost. Its sender
 * hears at once when nobody is there. It sees who a frame is from and for, and proves neither: nodes do, by signatures.
 */
import { encodeRelayedFrame, HoldfastError } from '@holdfast/protocol';
import type { LinkedPeer, LossyChannel, RelayOpener, RelaySession } from '../peers/link-opener.js';
import type { FrameBudgets } from './frame-budgets.js';
import { readFrameHead, type FrameHead } from './frame-head.js';
import type { NodeContact } from './node-contact.js';
import type { JoinedNode, NodeRegistry } from './node-registry.js';
import { PeerRelay, type PeerReports } from './peer-relay.js';
import type { RelayMetrics } from './relay-metrics.js';

export interface RelayInit {
  /** This archive's id. */
  readonly archive: string;
  readonly nodes: NodeRegistry;
  readonly budgets: FrameBudgets;
  readonly metrics: Pick<RelayMetrics, 'carried' | 'dropped' | 'gone'>;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** How many nodes a peer is told of. */
  readonly toldNodesMax: number;
}

export class RelayService implements RelayOpener {
  private readonly peers = new Map<string, PeerRelay>();
  private readonly archive: Buffer;

  constructor(private readonly init: RelayInit) {
    this.archive = bytesOf(init.archive);
  }

  /**
   * From a node that is connected here. What it is called with is copied, where it goes on.
   * @param archive of the node that the frame is for
   * @throws HoldfastError `request-malformed`, `not-authorised`; `quota-exceeded` once for each while that it lasts
   */
  relay(sender: JoinedNode, archive: Uint8Array, frame: Uint8Array): void {
    const head = readFrameHead(frame);
    if (!this.hasRoom(sender, frame, head?.isFlood === true)) return;
    if (head === undefined)
      throw new HoldfastError('request-malformed', 'The frame is none of this version.');
    if (head.from !== sender.node) {
      throw new HoldfastError('not-authorised', 'The frame is from another node than has joined here.');
    }
    if (!this.archive.equals(archive)) this.relayToPeer(sender, textOf(archive), head.to, frame);
    else if (this.handOver(this.archive, head.to, frame)) this.init.metrics.carried('here');
    else this.tellGone(sender, { node: head.to, archive: this.init.archive });
  }

  open(peer: LinkedPeer, channel: LossyChannel): RelaySession {
    const relay: PeerRelay = new PeerRelay(
      channel,
      this.reportsOf(peer.id, () => relay),
      this.init.nowMs,
    );
    this.peers.set(peer.id, relay);
    this.tellNodes(relay);
    return relay;
  }

  /** What nodes are here, to all peers. */
  tellPeers(): void {
    for (const relay of this.peers.values()) this.tellNodes(relay);
  }

  private hasRoom(sender: JoinedNode, frame: Uint8Array, isFlood: boolean): boolean {
    const excess = this.init.budgets.take(sender.node, frame.length, isFlood, this.init.nowMs());
    if (excess === undefined) return true;
    const { quota, untilMs, isTold } = excess;
    this.init.metrics.dropped(quota);
    if (isTold) return false;
    const sentence = 'More is to be carried than a node may send: what is over it is dropped.';
    throw new HoldfastError('quota-exceeded', sentence, { quota, until: Math.ceil(untilMs / 1000) });
  }

  private relayToPeer(sender: JoinedNode, archive: string, node: string, frame: Uint8Array): void {
    const peer = this.peers.get(archive);
    if (peer?.relay(frame) === true) {
      this.init.metrics.carried('to-peer');
      return;
    }
    if (peer !== undefined) this.init.metrics.dropped('unread');
    this.tellGone(sender, { node, archive });
  }

  /**
   * Whether it has been written to the connection of a node that is here, and reads.
   * @param archive of its sender
   */
  private handOver(archive: Uint8Array, to: string, frame: Uint8Array): boolean {
    const receiver = this.init.nodes.get(to);
    if (receiver === undefined) return false;
    const isTaken = receiver.connection.offer(encodeRelayedFrame({ n: receiver.n, archive, frame }));
    if (!isTaken) this.init.metrics.dropped('unread');
    return isTaken;
  }

  private tellGone({ connection, n }: JoinedNode, { node, archive }: NodeContact): void {
    this.init.metrics.gone();
    connection.offer(`{"op":"gone","n":${n},"node":"${node}","archive":"${archive}"}`);
  }

  private reportsOf(peer: string, relay: () => PeerRelay): PeerReports {
    const { nodes, metrics } = this.init;
    const archive = bytesOf(peer);
    return {
      frameOf: (frame: Uint8Array, head: FrameHead) => {
        if (this.handOver(archive, head.to, frame)) metrics.carried('from-peer');
        else relay().tellGone(head.from, head.to);
      },
      gone: (sender, node) => {
        const asked = nodes.get(sender);
        if (asked !== undefined) this.tellGone(asked, { node, archive: peer });
      },
      nodes: (told) => nodes.tell(peer, told),
      excess: () => metrics.dropped('peer'),
      closed: () => {
        // A newer link with the same peer may have taken its place.
        if (this.peers.get(peer) !== relay()) return;
        this.peers.delete(peer);
        nodes.tell(peer, []);
      },
    };
  }

  private tellNodes(relay: PeerRelay): void {
    const { nodes, toldNodesMax, random } = this.init;
    relay.tellNodes(nodes.sample(toldNodesMax, random));
  }
}

const bytesOf = (archive: string): Buffer => Buffer.from(archive, 'base64url');
const textOf = (archive: Uint8Array): string =>
  Buffer.from(archive.buffer, archive.byteOffset, archive.length).toString('base64url');
