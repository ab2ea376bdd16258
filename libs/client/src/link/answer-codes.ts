/** The codes of refusals that archives send, and what comes along with them. */
import { isErrorCode, type Answer, type ErrorCode, type ErrorData } from '@holdfast/protocol/core';

/** One of a newer version becomes one that says so without inventing a meaning. */
export const knownCode = (code: string): ErrorCode => (isErrorCode(code) ? code : 'answer-invalid');

/** Which quota is used up, and until when. */
export function quotaOf({ quota, until }: Extract<Answer, { op: 'error' }>): ErrorData | undefined {
  if (quota === undefined && until === undefined) return undefined;
  return { ...(quota === undefined ? {} : { quota }), ...(until === undefined ? {} : { until }) };
}
