/**
 * Carries frames from node to node (spec/relay.md, "Frames"): between connections of this archive, and over the links with
 * trusted peers to and from theirs, one hop far. It keeps nothing: a frame is handed on at once, or it is lost. Its sender
 * hears at once when nobody is there. It sees who a frame is from and for, and proves neither: nodes do, by signatures.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { LinkedPeer, LossyChannel, RelayOpener, RelaySession } from '../peers/link-opener.js';
import { bytesOfFrame, readFrameHead, type FrameHead } from './frame-head.js';
import type { NodeContact } from './node-contact.js';
import type { JoinedNode, NodeRegistry } from './node-registry.js';
import { PeerRelay, type PeerReports } from './peer-relay.js';
import type { RelayMetrics } from './relay-metrics.js';

export interface RelayInit {
  /** This archive's id. */
  readonly archive: string;
  readonly nodes: NodeRegistry;
  readonly metrics: Pick<RelayMetrics, 'carried' | 'dropped' | 'gone'>;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** How many nodes a peer is told of. */
  readonly toldNodesMax: number;
}

export class RelayService implements RelayOpener {
  private readonly peers = new Map<string, PeerRelay>();

  constructor(private readonly init: RelayInit) {}

  /**
   * From a node that is connected here.
   * @throws HoldfastError `request-malformed`, `not-authorised`; `quota-exceeded` once for each while that it lasts
   */
  relay(sender: JoinedNode, to: NodeContact, frame: string): void {
    const head = readFrameHead(frame);
    if (!this.hasRoom(sender, frame, head?.isFlood === true)) return;
    if (head === undefined || head.to !== to.node) {
      throw new HoldfastError('request-malformed', 'The frame is none, or is for another node than "to".');
    }
    if (head.from !== sender.node) {
      throw new HoldfastError('not-authorised', 'The frame is from another node than has joined here.');
    }
    if (to.archive !== this.init.archive) this.relayToPeer(sender, to, frame);
    else if (this.handOver(sender, to.node, frame)) this.init.metrics.carried('here');
    else this.tellGone(sender, to);
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

  private hasRoom(sender: JoinedNode, frame: string, isFlood: boolean): boolean {
    const excess = sender.budget.take(bytesOfFrame(frame.length), isFlood, this.init.nowMs());
    if (excess === undefined) return true;
    const { quota, untilMs, isTold } = excess;
    this.init.metrics.dropped(quota);
    if (isTold) return false;
    const sentence = 'More is to be carried than a node may send: what is over it is dropped.';
    throw new HoldfastError('quota-exceeded', sentence, { quota, until: Math.ceil(untilMs / 1000) });
  }

  private relayToPeer(sender: JoinedNode, to: NodeContact, frame: string): void {
    const peer = this.peers.get(to.archive);
    if (peer?.relay(to.node, frame) === true) {
      this.init.metrics.carried('to-peer');
      return;
    }
    if (peer !== undefined) this.init.metrics.dropped('unread');
    this.tellGone(sender, to);
  }

  /** Whether it has been written to the connection of a node that is here, and reads. */
  private handOver({ node, archive }: NodeContact, to: string, frame: string): boolean {
    const receiver = this.init.nodes.get(to);
    if (receiver === undefined) return false;
    // All of it is base64url or a number: nothing that JSON would have to escape.
    const from = `{"node":"${node}","archive":"${archive}"}`;
    const isTaken = receiver.connection.offer(
      `{"op":"frame","n":${receiver.n},"from":${from},"frame":"${frame}"}`,
    );
    if (!isTaken) this.init.metrics.dropped('unread');
    return isTaken;
  }

  private tellGone({ connection, n }: JoinedNode, { node, archive }: NodeContact): void {
    this.init.metrics.gone();
    connection.offer(`{"op":"gone","n":${n},"node":"${node}","archive":"${archive}"}`);
  }

  private reportsOf(peer: string, relay: () => PeerRelay): PeerReports {
    const { nodes, metrics } = this.init;
    return {
      frameOf: (frame: string, head: FrameHead) => {
        if (this.handOver({ node: head.from, archive: peer }, head.to, frame)) metrics.carried('from-peer');
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
