/** What the inbox hands to applications. */
import type { Waiting } from '../../waiting.js';

export interface ReceivedMessage {
  /** Chosen by the sender: it names a message only together with `from`. */
  readonly id: string;
  /** The identity that signed it: verified. */
  readonly from: string;
  readonly text: string;
  /** When the sender says that it was written; NumericDate, seconds. */
  readonly sentAt: number;
  /** The crate that it was handed over from, of several that may have come. */
  readonly crate: string;
  /** The identities of everybody whom it is for, as its sender signed; only this one when the sender does not say it. */
  readonly recipients: readonly string[];
  /**
   * It came in a crate that a fellow has sealed, another recipient or another device of this identity, and before any of
   * the sender's. What its sender signed is the same; who the fellow is is not told.
   */
  readonly broughtBy?: true;
}

/** Success acknowledges the message; a throw or rejection leaves it in the archive, and it is offered again later. */
export type InboxHandler = (message: ReceivedMessage) => void | Promise<void>;

export interface InboxOptions extends Waiting {
  /**
   * Which mailboxes other clients can find here, to bring crates without an archive: `contacts`, those that one contact each
   * writes to (when missing); `all`, the public one as well, so that everybody can see when this inbox runs; `none`.
   */
  readonly announce?: 'contacts' | 'all' | 'none';
  /** Whether to go on for new messages (default), or to end once what was waiting has been handed over. */
  readonly watch?: boolean;
  /**
   * Whether senders, or the one whose identity it is given, may learn that their message was opened (default). Without,
   * crates are discarded by signature once they are handled: the sender sees `discarded`, may send the message again, and
   * it is not handed over again. What is asked as a fellow is then answered only about messages to both.
   */
  readonly receipts?: boolean | ((from: string) => boolean);
  /**
   * Crates are acknowledged some at a time, after a random time up to this one, at most a day; 2,000 milliseconds when
   * missing. When 64 wait they do not wait longer. One that is handled is in the storage: an inbox that ends before
   * acknowledges it at once when the time was at most 2 seconds, and else leaves it to a later one. An inbox that does
   * not watch waits for all of them.
   */
  readonly receiptDelayMs?: number;
}
