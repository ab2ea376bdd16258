/**
 * The door `@holdfast/protocol/core`: what a page needs before anything of crates or of the overlay: records, keys, and
 * what an archive says. Bundlers put whatever a door names into the part that is loaded at first, be it used there or not.
 */
export { isErrorCode, type ErrorCode } from './errors/codes.js';
export { HoldfastError, type ErrorData } from './errors/holdfast-error.js';
export { valueOf } from './errors/result.js';
export { decodeBase64url, encodeBase64url } from './encoding/base64url.js';
export { decodeUtf8, encodeUtf8 } from './encoding/bytes.js';
export type { Json } from './encoding/strict-json.js';
export { signingKeyFromJwk, type PrivateJwk, type SigningKey } from './keys/ed25519.js';
export { systemCollections, type HoldfastRecord, type RecordPayload } from './records/record.js';
export { isRecordId } from './records/payload.js';
export { parseRecord } from './records/parse.js';
export { isInScope, readScope, type Scope, type ScopedRecord } from './records/scope.js';
export { signRecord, verifyRecord } from './records/verify.js';
export {
  checkFilter,
  followFilterSchema,
  matchesFilter,
  queryFilterSchema,
  type FollowFilter,
  type QueryFilter,
} from './doors/filter.js';
export type { Request } from './doors/requests.js';
export {
  parseAnswer,
  type Answer,
  type AnswerOf,
  type AnswerOp,
  type PublishStatus,
} from './doors/answers.js';
