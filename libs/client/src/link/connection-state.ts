/** How the link to one archive stands: the four states of link-core.ts, as applications see them. */
import type { ErrorCode, Scope } from '@holdfast/protocol/core';

export type ConnectionState =
  /** A socket is being opened, or the archive has not said hello yet. */
  | { readonly name: 'connecting' }
  | {
      readonly name: 'open';
      /** The archive's id: its public key in base64url. */
      readonly archive: string;
      readonly version: string;
      /** How far the archive's clock is ahead of ours, seconds. */
      readonly aheadSeconds: number;
      /** What it keeps, `{}` for everything, and the time from which it claims to have all of that, NumericDate. */
      readonly scope?: Scope;
      readonly horizon?: number;
    }
  /** The link was lost or refused; it is tried again at `nextAttemptAt` (milliseconds since 1970). */
  | {
      readonly name: 'waiting';
      readonly nextAttemptAt: number;
      readonly code: ErrorCode;
      readonly detail: string;
    }
  /** Not tried again: the client is closed, or (`archive-foreign`) another archive answers at this address. */
  | { readonly name: 'closed'; readonly code: ErrorCode };
