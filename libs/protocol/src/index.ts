/** The door of libs/protocol: everything but the crates' cryptography, which stands behind `@holdfast/protocol/sealing`. */
export { errorCodes, isErrorCode, type ErrorCode } from './errors/codes.js';
export { HoldfastError, type ErrorData } from './errors/holdfast-error.js';
export { accepted, refused, valueOf, type Refusal, type Result } from './errors/result.js';
export { decodeBase64url, decodeBase64urlOf, encodeBase64url } from './encoding/base64url.js';
export { concatBytes, decodeUtf8, encodeUtf8, equalBytes, sha256 } from './encoding/bytes.js';
export { parseStrictJson, type Json } from './encoding/strict-json.js';
export { limits } from './limits.js';
export {
  decodePublicKey,
  generatePrivateJwk,
  isAcceptablePublicKey,
  isAcceptableSignature,
  signingKeyFromJwk,
  verifyEd25519,
  type PrivateJwk,
  type SigningKey,
} from './keys/ed25519.js';
export { signCompactJws } from './jws/compact.js';
export { endorseKey, verifyEndorsements } from './keys/endorsement.js';
export {
  compareRevisions,
  recordAlgorithm,
  recordType,
  systemCollections,
  type HoldfastRecord,
  type RecordPayload,
  type UnverifiedRecord,
} from './records/record.js';
export { isCollection, isNumericDate, isRecordId, isRecordKey, isTopic } from './records/payload.js';
export { parseRecord, type ExpiredRecords } from './records/parse.js';
export {
  isInScope,
  isUnfiltered,
  readScope,
  scopeSchema,
  type Scope,
  type ScopedRecord,
} from './records/scope.js';
export { signRecord, verifyRecord } from './records/verify.js';
export {
  encodeEnvelope,
  encodeEnvelopeHead,
  parseEnvelope,
  type Envelope,
  type EnvelopeHead,
} from './crates/envelope.js';
export { checkExpiry } from './crates/expiry.js';
export { signCustody, verifyCustody, type CustodyReceipt, type HeldCrateTerms } from './crates/custody.js';
export { provesDeparture, stateAfter, type ProvableCrate, type Way } from './crates/departure.js';
export {
  ageOf,
  decideDeparture,
  decideDeposit,
  decideOffer,
  decideOffered,
  decideTold,
  lastHourOf,
  type CrateAge,
  type WayOut,
} from './crates/life-cycle.js';
export { ackHashOf, crateIdOf, isRecallFor, isReceiptFor, recallHashOf } from './crates/secrets.js';
export {
  isArchiveUrl,
  makeCardBody,
  readCard,
  readCardBody,
  type MailboxAddress,
  type MailboxCard,
  type MailboxCardBody,
} from './mailboxes/card.js';
export {
  announcementBytes,
  mailboxDayKey,
  readAnnouncementAt,
  signAnnouncement,
  verifyAnnouncement,
  type MailboxAnnouncement,
} from './mailboxes/announcement.js';
export type { KemKeys, MailboxKeys } from './mailboxes/keys.js';
export { cardText, collectText, discardText, signCollect, signDiscard } from './mailboxes/proofs.js';
export {
  checkFilter,
  describeIssue,
  followFilterSchema,
  matchesFilter,
  queryFilterFromParameters,
  queryFilterSchema,
  type FollowFilter,
  type QueryFilter,
} from './doors/filter.js';
export {
  parseRequest,
  receiptsQuerySchema,
  requestOps,
  requestSchemas,
  type FrameRefusal,
  type ReceiptsQuery,
  type Request,
  type RequestOf,
  type RequestOp,
} from './doors/requests.js';
export {
  departureAnswersSchema,
  departuresSchema,
  depositAnswerSchema,
  introductionSchema,
  nodeNewsSchema,
  offerAnswersSchema,
  offersSchema,
  type DepartureAnswer,
  type DepositAnswer,
  type Introduction,
  type NodeNews,
  type Offer,
  type OfferAnswer,
  type Offers,
  type ToldDeparture,
  type ToldDepartures,
} from './doors/between-archives.js';
export { encodeRelayedFrame, parseRelayedFrame, type RelayedFrame } from './doors/relayed-frame.js';
export {
  openFrame,
  parseFrame,
  sealFrame,
  type FrameContent,
  type FrameReader,
  type OpenedFrame,
  type UnverifiedFrame,
} from './nodes/frame.js';
export { ReplayWindow } from './nodes/replay-window.js';
export {
  issueTicket,
  joinText,
  nodeIdOf,
  signJoin,
  ticketBytes,
  ticketNonceOf,
  verifyTicket,
  type Ticket,
} from './nodes/ticket.js';
export {
  answerSchemas,
  crateStatusSchema,
  parseAnswer,
  publishLineSchema,
  releasedSchema,
  type Answer,
  type AnswerOf,
  type AnswerOp,
  type CrateState,
  type CrateStatus,
  type PublishLine,
  type PublishStatus,
  type Released,
  type ReleasedEntry,
} from './doors/answers.js';
