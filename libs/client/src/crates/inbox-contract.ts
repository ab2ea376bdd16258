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
}

/** Success acknowledges the message; a throw or rejection leaves it in the archive, and it is offered again later. */
export type InboxHandler = (message: ReceivedMessage) => void | Promise<void>;

export interface InboxOptions extends Waiting {
  /** Whether to go on for new messages (default), or to end once what was waiting has been handed over. */
  readonly watch?: boolean;
  /** Whether senders may learn that their message was opened (default). Without, crates are discarded by signature. */
  readonly receipts?: boolean;
}
