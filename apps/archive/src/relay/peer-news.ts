/**
 * When peers are told which nodes are here, beside once a minute: soon after a server has come while there are few, for
 * the first ones would else find none of the peers' nodes for up to a minute; and not more often than that, however many
 * come and go.
 */
export interface PeerNewsInit {
  readonly servers: () => number;
  readonly tellPeers: () => void;
  /** As many as peers are told of at a time: with more of them one more changes little. */
  readonly fewMax: number;
  readonly soonMs: number;
  /** @returns what stops it */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

export class PeerNews {
  private stopTimer: (() => void) | undefined;

  constructor(private readonly init: PeerNewsInit) {}

  serverCame(): void {
    const { servers, tellPeers, fewMax, soonMs, after } = this.init;
    if (this.stopTimer !== undefined || servers() > fewMax) return;
    this.stopTimer = after(soonMs, () => {
      this.stopTimer = undefined;
      tellPeers();
    });
  }

  stop(): void {
    this.stopTimer?.();
  }
}
