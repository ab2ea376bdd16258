/**
 * What one linked peer and this archive say about nodes, beside gossip on their link (spec/relay.md, "Between archives").
 * What the peer has carried is bounded; what no archive sends ends the link and marks the peer.
 */
import { nodeNewsSchema, type NodeNews } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import type { LossyChannel, RelaySession } from '../peers/link-opener.js';
import {
  enoughAt,
  fullBucket,
  refill,
  type Bucket,
  type BucketBounds,
} from '../platform/rates/token-bucket.js';
import { readFrameHead, type FrameHead } from './frame-head.js';

/** What the peer says of nodes; the relay takes it. */
export interface PeerReports {
  frameOf(frame: Uint8Array, head: FrameHead): void;
  /** A node of the peer's was not there for one of ours. */
  gone(sender: string, node: string): void;
  nodes(nodes: readonly string[]): void;
  /** More than the peer may have carried. */
  excess(): void;
  closed(): void;
}

/** Gossip's frames do not begin like that. */
const beginning = /^\{"op":"(?:gone|nodes)"/;

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

  received(message: string | Uint8Array): boolean {
    if (typeof message === 'string' && !beginning.test(message)) return false;
    if (this.isExcess(message.length)) this.reports.excess();
    else if (typeof message === 'string') this.takeNews(message);
    else this.takeFrame(message);
    return true;
  }

  closed(): void {
    this.reports.closed();
  }

  /** @returns false when it is lost */
  relay(frame: Uint8Array): boolean {
    // A copy: it is a part of all that came at once from its sender, and may wait to be read.
    const isTaken = this.channel.offer(Buffer.from(frame));
    if (isTaken && this.unanswered < peerRelayFramesPerSecondMax) this.unanswered++;
    return isTaken;
  }

  /** @param sender whom the peer is to tell */
  tellGone(sender: string, node: string): void {
    this.channel.offer(JSON.stringify({ op: 'gone', to: sender, node } satisfies NodeNews));
  }

  tellNodes(nodes: string[]): void {
    this.channel.offer(JSON.stringify({ op: 'nodes', nodes } satisfies NodeNews));
  }

  private takeFrame(frame: Uint8Array): void {
    const head = readFrameHead(frame);
    if (head !== undefined) this.reports.frameOf(frame, head);
    else this.channel.misbehaved('What it relays is no frame.');
  }

  private takeNews(text: string): void {
    const news = text.length <= archiveLimits.peerNewsLengthMax ? parseNews(text) : undefined;
    if (news === undefined) this.channel.misbehaved('What it says of nodes is not what archives say.');
    else if (news.op === 'gone') this.takeGone(news.to, news.node);
    else this.takeNodes(news.nodes);
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

  private isExcess(bytes: number): boolean {
    const now = this.nowMs();
    refill(this.frames, frameBounds, now);
    refill(this.bytes, byteBounds, now);
    const isOver =
      enoughAt(this.frames, frameBounds, 1, now) !== undefined ||
      enoughAt(this.bytes, byteBounds, bytes, now) !== undefined;
    if (isOver) return true;
    this.frames.tokens -= 1;
    this.bytes.tokens -= bytes;
    return false;
  }
}

function parseNews(text: string): NodeNews | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return nodeNewsSchema.safeParse(value).data;
}
