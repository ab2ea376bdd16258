/**
 * What one linked peer and this archive say about nodes, beside gossip on their link (spec/relay.md, "Between archives").
 * What the peer has carried is bounded; what no archive sends ends the link and marks the peer.
 */
import { limits, relayedSchema, type Relayed } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import type { LossyChannel, RelaySession } from '../peers/link-opener.js';
import {
  enoughAt,
  fullBucket,
  refill,
  type Bucket,
  type BucketBounds,
} from '../platform/rates/token-bucket.js';
import { bytesOfFrame, readFrameHead, type FrameHead } from './frame-head.js';

/** What the peer says of nodes; the relay takes it. */
export interface PeerReports {
  frameOf(frame: string, head: FrameHead): void;
  /** A node of the peer's was not there for one of ours. */
  gone(sender: string, node: string): void;
  nodes(nodes: readonly string[]): void;
  /** More than the peer may have carried. */
  excess(): void;
  closed(): void;
}

/** Gossip's frames do not begin like that. */
const beginning = /^\{"op":"(?:relay|gone|nodes)"/;
const framedLengthMax = Math.ceil((limits.nodeFrameBytesMax * 4) / 3) + 256;

const { peerRelayFramesPerSecondMax, peerRelayBytesPerSecondMax, peerNodesPerMinuteMax } = archiveLimits;
const frameBounds: BucketBounds = {
  perMinute: peerRelayFramesPerSecondMax * 60,
  burst: peerRelayFramesPerSecondMax,
};
const nodesBounds: BucketBounds = { perMinute: peerNodesPerMinuteMax, burst: peerNodesPerMinuteMax };
const byteBounds: BucketBounds = {
  perMinute: peerRelayBytesPerSecondMax * 60,
  burst: peerRelayBytesPerSecondMax,
};

export class PeerRelay implements RelaySession {
  private readonly frames: Bucket;
  private readonly bytes: Bucket;
  private readonly news: Bucket;
  /** Frames that the peer was given, and may still say of that their node is gone. */
  private unanswered = 0;

  constructor(
    private readonly channel: LossyChannel,
    private readonly reports: PeerReports,
    private readonly nowMs: () => number,
  ) {
    this.frames = fullBucket(frameBounds, nowMs());
    this.bytes = fullBucket(byteBounds, nowMs());
    this.news = fullBucket(nodesBounds, nowMs());
  }

  received(text: string): boolean {
    if (!beginning.test(text)) return false;
    if (this.isExcess(text.length)) {
      this.reports.excess();
      return true;
    }
    const relayed = text.length <= framedLengthMax ? parseRelayed(text) : undefined;
    if (relayed === undefined) this.channel.misbehaved('What it says of nodes is not what archives say.');
    else this.take(relayed);
    return true;
  }

  closed(): void {
    this.reports.closed();
  }

  /** @returns false when it is lost */
  relay(to: string, frame: string): boolean {
    const isTaken = this.channel.offer(`{"op":"relay","to":"${to}","frame":"${frame}"}`);
    if (isTaken && this.unanswered < peerRelayFramesPerSecondMax) this.unanswered++;
    return isTaken;
  }

  /** @param sender whom the peer is to tell */
  tellGone(sender: string, node: string): void {
    this.channel.offer(JSON.stringify({ op: 'gone', to: sender, node } satisfies Relayed));
  }

  tellNodes(nodes: string[]): void {
    this.channel.offer(JSON.stringify({ op: 'nodes', nodes } satisfies Relayed));
  }

  private take(relayed: Relayed): void {
    switch (relayed.op) {
      case 'relay':
        return this.takeFrame(relayed.to, relayed.frame);
      case 'gone':
        return this.takeGone(relayed.to, relayed.node);
      case 'nodes':
        return this.takeNodes(relayed.nodes);
    }
  }

  private takeFrame(to: string, frame: string): void {
    const head = readFrameHead(frame);
    if (head?.to === to) this.reports.frameOf(frame, head);
    else this.channel.misbehaved('It relays a frame that is for another node than it says.');
  }

  /** One for each frame: a peer cannot drown a node of ours in words about nobody. */
  private takeGone(sender: string, node: string): void {
    if (this.unanswered === 0) return this.reports.excess();
    this.unanswered--;
    this.reports.gone(sender, node);
  }

  private takeNodes(nodes: readonly string[]): void {
    const now = this.nowMs();
    refill(this.news, nodesBounds, now);
    if (enoughAt(this.news, nodesBounds, 1, now) !== undefined) return this.reports.excess();
    this.news.tokens -= 1;
    this.reports.nodes(nodes);
  }

  private isExcess(length: number): boolean {
    const now = this.nowMs();
    refill(this.frames, frameBounds, now);
    refill(this.bytes, byteBounds, now);
    const bytes = bytesOfFrame(length);
    const isOver =
      enoughAt(this.frames, frameBounds, 1, now) !== undefined ||
      enoughAt(this.bytes, byteBounds, bytes, now) !== undefined;
    if (isOver) return true;
    this.frames.tokens -= 1;
    this.bytes.tokens -= bytes;
    return false;
  }
}

function parseRelayed(text: string): Relayed | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return relayedSchema.safeParse(value).data;
}
