/** How far a message has come, as applications see it. The order of the steps is crates/status-lattice.ts. */

/** The steps of a crate: three that it climbs, three ways to end without delivery, and delivery. */
export type CrateProgress = 'local' | 'accepted' | 'durable' | 'delivered';
export type CrateEnd = 'expired' | 'recalled' | 'discarded';
export type StatusName = CrateProgress | CrateEnd;

/** The steps that one can wait for. */
export type WaitableStatus = 'accepted' | 'durable' | 'delivered';

export interface MessageDraft {
  /** The author or authors that it is for: public keys of identities, base64url. */
  readonly to: string | readonly string[];
  readonly text: string;
  /** After so many hours it is given up; at most 720. */
  readonly expiryHours?: number;
}

export interface CrateStatusView {
  readonly crate: string;
  /** The identity that it is for. */
  readonly to: string;
  readonly status: StatusName;
  /** NumericDate, seconds. */
  readonly expiresAt: number;
}

export interface MessageStatus {
  readonly id: string;
  /**
   * The step that every recipient has reached: a recipient with several mailboxes counts by the one that came
   * furthest, the message by the recipient that is furthest behind.
   */
  readonly status: StatusName;
  /** NumericDate, seconds. */
  readonly sentAt: number;
  readonly crates: readonly CrateStatusView[];
}

export type SentMessage = MessageStatus;

export interface AskedStatus {
  readonly status: MessageStatus;
  /** False when some crate of the message could not be asked for: the status is the one that was known before. */
  readonly isFresh: boolean;
}

export interface StatusChange {
  readonly message: MessageStatus;
  /** The crate that has moved. */
  readonly crate: CrateStatusView;
}
