/** What the process answers its caller. */
import { HoldfastError, type ErrorCode } from '@holdfast/protocol';

export const exitStatus = { ok: 0, failed: 1, usage: 2, notAuthorised: 4 } as const;

/** A command that ran and yet did not succeed says so with this. */
export type SetExitStatus = (status: number) => void;

const usageCodes: ReadonlySet<ErrorCode> = new Set(['usage-invalid', 'filter-invalid']);
/** Without an identity there is nobody who could be authorised. */
const authorisationCodes: ReadonlySet<ErrorCode> = new Set(['not-authorised', 'identity-missing']);

export function exitStatusOf(error: HoldfastError): number {
  if (usageCodes.has(error.code)) return exitStatus.usage;
  if (authorisationCodes.has(error.code)) return exitStatus.notAuthorised;
  return exitStatus.failed;
}
