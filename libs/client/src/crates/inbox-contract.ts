/** What the inbox hands to applications. */
import type { Waiting } from '../waiting.js';

export interface ReceivedMessage {
  /** Chosen by the sender: it names a message only together with `from`. */
  readonly id: string;
  /** The identity that signed it: verified. */
  readonly from: string;
  readonly text: string;
  /** When the sender says that it was written; NumericDate, seconds. */
  readonly sentAt: number;
  readonly crate: string;
  /** Everybody whom it is for, as its sender says; only this identity when the sender does not say it. */
  readonly recipients: readonly string[];
  /** Another recipient has brought it, because no crate of the sender's had come. */
  readonly broughtBy?: true;
}

/** Success acknowledges the message; a throw or rejection leaves it in the archive, and it is offered again later. */
export type InboxHandler = (message: ReceivedMessage) => void | Promise<void>;

export interface InboxOptions extends Waiting {
  /** Whether to go on for new messages (default), or to end once what was waiting has been handed over. */
  readonly watch?: boolean;
  /**
   * Whether senders, or the one whose identity it is given, may learn that their message was opened (default). Without,
   * crates are discarded by signature.
   */
  readonly receipts?: boolean | ((from: string) => boolean);
  /**
   * Crates are acknowledged some at a time, after a random time up to this one; 2,000 milliseconds when missing. One
   * that is handled is in the storage, and acknowledged by a later inbox when this one ends before; an inbox that does
   * not watch waits for it.
   */
  readonly receiptDelayMs?: number;
}
