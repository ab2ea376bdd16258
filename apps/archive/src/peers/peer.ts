/** Another archive, as the table `peer` knows it. */
import type { ErrorCode } from '@holdfast/protocol';

export type PeerState = 'pending' | 'trusted' | 'blocked';

export interface Peer {
  /** Its first key, base64url. */
  readonly id: string;
  /** Where it is: as the operator said, or as it or another archive says. Only the former is ever dialed. */
  readonly url: string | undefined;
  readonly state: PeerState;
  /** How it came to be known: one of `origins`, or the id of the peer that told of it. */
  readonly origin: string;
  readonly addedAtMs: number;
  /** When the sets were last the same, and its horizon then, NumericDate. */
  readonly syncedAtMs: number | undefined;
  readonly horizon: number | undefined;
  readonly heardAtMs: number | undefined;
  /** What went wrong last: a code and a sentence. */
  readonly error: string | undefined;
  readonly errorAtMs: number | undefined;
  /** How often it has sent what no archive sends, since the sets were last the same. */
  readonly misbehaved: number;
  /** Until then it is left alone. */
  readonly nextAttemptAtMs: number | undefined;
}

export const origins = { operator: 'operator', itself: 'itself' } as const;

/** Whether this archive goes there by itself: only where its operator has said so. */
export const isDialed = ({ state, origin, url }: Peer): boolean =>
  state === 'trusted' && origin === origins.operator && url !== undefined;

export interface PeerTrouble {
  readonly code: ErrorCode;
  readonly detail: string;
  /** It has sent what no archive sends. */
  readonly misbehaved: boolean;
  readonly nextAttemptAtMs: number | undefined;
}
