/** Background work tells of its failures by events of this kind. */
import type { ErrorCode } from '@holdfast/protocol/core';

/** Something that went wrong in the background and that no call can report. It carries no content and no secret. */
export interface Problem {
  readonly code: ErrorCode;
  readonly detail: string;
  /** The archive concerned. */
  readonly url?: string;
  /** The record or crate concerned. */
  readonly id?: string;
}
