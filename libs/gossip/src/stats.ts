/** What an operator sees of a link. */

export type LinkStage = 'greeting' | 'snapshot' | 'comparing' | 'live';

export interface LinkStats {
  /** Milliseconds since 1970: when the link was opened, and when the peer was heard last. */
  readonly sinceMs: number;
  readonly lastHeardMs: number;
  readonly stage: LinkStage;
  /** Characters of the frames, which are ASCII as good as all. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bodies that came over this link, and that went. */
  readonly recordsFetched: number;
  readonly recordsServed: number;
  /** Entries of the peer's log, in scope or not, that are not dealt with here; unknown until it has told. */
  readonly lagRecords: number | undefined;
  /** The age of the oldest of them, about. */
  readonly lagSeconds: number | undefined;
  /** When the sets were last compared, milliseconds since 1970, and in how many records they differed. */
  readonly comparedAtMs: number | undefined;
  readonly differed: number | undefined;
}

/** Written by the parts of a link, each its own members. */
export class LinkCounts {
  stage: LinkStage = 'greeting';
  bytesIn = 0;
  recordsFetched = 0;
  recordsServed = 0;
  /** The last seq of the peer's log, as it was told last. */
  theirLast = 0;
  lagSeconds: number | undefined;
  comparedAtMs: number | undefined;
  differed: number | undefined;
}
