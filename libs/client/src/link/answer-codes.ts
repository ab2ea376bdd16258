/** Codes that archives send: those of a newer version become one that says so without inventing a meaning. */
import { isErrorCode, type ErrorCode } from '@holdfast/protocol/core';

export const knownCode = (code: string): ErrorCode => (isErrorCode(code) ? code : 'answer-invalid');
