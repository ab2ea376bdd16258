/** The states that link-core.ts goes through, and the effects that it wants carried out. */
import type { Answer, ErrorCode, ErrorData, Scope } from '@holdfast/protocol/core';

/** A binary message, as much of it as the link has to know. */
export interface BinaryAnswer {
  readonly op: 'binary';
  readonly n: number;
  readonly message: Uint8Array<ArrayBuffer>;
}

export type LinkAnswer = Answer | BinaryAnswer;

export interface OpenState {
  readonly name: 'open';
  readonly archive: string;
  readonly version: string;
  readonly challenge: string;
  readonly aheadSeconds: number;
  /** What it keeps, and the time from which it claims to have all of that; undefined where it says nothing. */
  readonly scope: Scope | undefined;
  readonly horizon: number | undefined;
  /** Counts the connections: a stream and an authorisation belong to one of them. */
  readonly session: number;
}

export type LinkState =
  | { readonly name: 'connecting' }
  | OpenState
  | {
      readonly name: 'waiting';
      readonly nextAttemptAt: number;
      readonly code: ErrorCode;
      readonly detail: string;
    }
  | { readonly name: 'closed'; readonly code: ErrorCode; readonly detail: string };

export type LinkEffect =
  | { readonly do: 'connect' }
  /** Ends the socket; nothing that it still says is to be handed in. */
  | { readonly do: 'disconnect' }
  | { readonly do: 'send'; readonly text: string }
  | { readonly do: 'answer'; readonly n: number; readonly answer: LinkAnswer }
  | {
      readonly do: 'fail';
      readonly n: number;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly data?: ErrorData;
    }
  | { readonly do: 'state'; readonly state: LinkState }
  | { readonly do: 'problem'; readonly code: ErrorCode; readonly detail: string };
