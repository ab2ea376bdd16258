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
  /** How many archives must have promised to hold it before it is durable, 1 to 16; `ClientOptions.copies` when missing. */
  readonly copies?: number;
}

/** An archive's signed promise to hold a crate. */
export interface CustodyView {
  /** The archive's id. */
  readonly archive: string;
  /** Where this archive is known to be. */
  readonly url?: string;
  /** NumericDate of the archive, seconds. */
  readonly iat: number;
}

export interface Copies {
  /** How many promises were asked for. */
  readonly wanted: number;
  /** How many archives are known that could give one: with fewer than wanted, that many make it durable. */
  readonly possible: number;
}

/** An archive that is to have the crate and has not promised to hold it. */
export interface PendingHolder {
  readonly url: string;
  /** The archive that brings it there; missing where this client does. */
  readonly via?: string;
  readonly attempts: number;
  /** NumericDate, seconds; missing while an attempt is being made or a link is waited for. */
  readonly nextAttemptAt?: number;
  /** Why the last attempt did not succeed. */
  readonly code?: string;
  /** What is full there (spec/custody.md, "Quotas"), with `quota-exceeded`, where that was said to this client. */
  readonly quota?: string;
}

export interface CrateStatusView {
  readonly crate: string;
  /** The identity that it is for. */
  readonly to: string;
  readonly status: StatusName;
  /** NumericDate, seconds. */
  readonly expiresAt: number;
  /** Whose promises to hold it are here, verified. */
  readonly custody: readonly CustodyView[];
  readonly copies: Copies;
  /** As far as this client knows; empty once the crate is delivered or has ended. */
  readonly pending: readonly PendingHolder[];
  /** It ended without delivery, and `resend` has put another crate in its place. */
  readonly resent?: true;
  /** Its recipient's client has taken it from this one and answered, without an archive. Nobody else knows. */
  readonly direct?: true;
}

export interface MessageStatus {
  readonly id: string;
  /**
   * The step that every recipient has reached: a recipient with several mailboxes counts by the one that came
   * furthest, the message by the recipient that is furthest behind. No news takes it back; `resend`, which begins anew
   * for those who have not got it, does.
   */
  readonly status: StatusName;
  /**
   * Somebody whom it is for is known to have it. Where it is for several, their client keeps it for 31 days and brings it
   * to those of the others who turn out to lack it. Never so by recipients who keep back receipts.
   */
  readonly safe: boolean;
  /** NumericDate, seconds. */
  readonly sentAt: number;
  /** Those of the crate that the fewest archives have promised to hold, and how many these are. */
  readonly copies: Copies & { readonly held: number };
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
