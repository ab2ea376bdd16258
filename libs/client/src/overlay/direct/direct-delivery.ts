/**
 * The port between crates and the overlay (spec/direct.md, "Delivery"): crates go to whoever collects their mailbox at the
 * moment, and proofs of what became of them come back, without an archive. Nothing here is a promise: what was not
 * answered is handed over again, and the archives have it besides.
 */
import type { SigningKey } from '@holdfast/protocol';

export interface DirectDelivery {
  /** Whether other clients can be reached at the moment. */
  readonly available: boolean;

  /** Calls the listener whenever they can be reached again. Answers what takes it off. */
  onAvailable(listener: () => void): () => void;

  /** These mailboxes are collected here from now on, and no others; each is told of until it is not among them. */
  announce(mailboxes: readonly SigningKey[]): void;

  /** Hands an envelope to everybody who says that they collect the mailbox. Never rejects. */
  send(mailbox: string, envelope: Uint8Array<ArrayBuffer>): Promise<DirectOutcome>;

  /** Takes what others hand over; one taker at a time. Answers what takes it off. */
  onCrate(taker: TakeCrate): () => void;

  /** Hears what became of crates that were handed over; nothing of it has been checked. */
  onProof(listener: (proof: DirectProof) => void): () => void;
}

/** `taken`: by one at least. `unknown`: nobody says that they collect there. `unreachable`: they did not answer. */
export type DirectOutcome = 'taken' | 'refused' | 'unknown' | 'unreachable';

/** `unwanted`: for no mailbox that is collected here. `busy`: there is no room now. */
export type Taking = 'taken' | 'unwanted' | 'busy';

export type TakeCrate = (envelope: Uint8Array<ArrayBuffer>, from: DirectSender) => Promise<Taking>;

export interface DirectSender {
  /** Its node. */
  readonly id: string;
  /** Tells it what became of the crate, as soon as it can be told; never rejects. */
  answer(proof: DirectProof): Promise<void>;
}

/** How a crate has left, for whoever has the envelope to check. */
export interface DirectProof {
  readonly crate: string;
  readonly way: 'ack' | 'discard';
  /** The ackSecret, or the mailbox key's signature; base64url. */
  readonly proof: string;
}
