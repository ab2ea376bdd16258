/**
 * Every code that an error, a refusal or an answer line can carry, with its title and whether trying the same
 * thing again later can help. The codes are stable: spec/errors.md lists them for other implementations.
 */
interface CodeMeaning {
  readonly title: string;
  readonly retryable: boolean;
}

const final = (title: string): CodeMeaning => ({ title, retryable: false });
const passing = (title: string): CodeMeaning => ({ title, retryable: true });

export const errorCodes = {
  // records (spec/records.md)
  'record-malformed': final('The text is not a compact JWS in canonical base64url'),
  'record-too-large': final('The record exceeds 64 KiB'),
  'record-header-invalid': final(
    'The JWS header has not exactly the members alg, typ and kid that a record has',
  ),
  'record-algorithm-unsupported': final('The algorithm is not Ed25519'),
  'record-author-invalid': final('The author is not an acceptable Ed25519 public key'),
  'record-payload-invalid': final('The payload does not have the shape of a record'),
  'record-signature-invalid': final('The signature does not verify'),
  'record-from-future': final('The record is dated more than 10 minutes ahead'),
  'record-expired': final('The record has expired'),
  'record-retracted': final('The author has retracted the record'),
  'record-not-found': final('No such record is held here'),
  'record-out-of-scope': final('The record is not one that this archive keeps'),
  // crates (spec/crates.md)
  'crate-malformed': final('The bytes are not an envelope in deterministic CBOR'),
  'crate-version-unsupported': final('The envelope has a version that is not spoken here'),
  'crate-suite-unsupported': final('The envelope has a cipher suite that is not spoken here'),
  'crate-size-invalid': final('The envelope does not have one of the allowed sizes'),
  'crate-mailbox-invalid': final('The mailbox is not an acceptable Ed25519 public key'),
  'crate-expired': final('The crate has expired'),
  'crate-expiry-too-far': final('The crate would expire later than is allowed'),
  'crate-gone': final('The crate was here and has left: received, discarded, recalled or expired'),
  'crate-not-found': final('No such crate is held here'),
  'crate-mailbox-foreign': final('The crate is addressed to another mailbox'),
  'crate-undecryptable': final('No key of this mailbox opens the crate'),
  'crate-content-invalid': final('What is inside the crate does not have the shape of a message'),
  'crate-receipt-mismatch': final(
    'The secret inside the crate does not fit its ackHash: it could never be acknowledged',
  ),
  'receipt-invalid': final('The receipt does not prove that the crate was opened'),
  'recall-invalid': final('The secret does not prove that the crate may be recalled'),
  'discard-invalid': final('The signature does not prove that the mailbox owner discards the crate'),
  'custody-invalid': final('The custody receipt is not a promise of that archive to hold that crate'),
  'message-too-large': final('The message does not fit the largest crate'),
  'card-invalid': final('The mailbox card is malformed or not signed by its identity'),
  'announcement-invalid': final('The announcement of a mailbox is malformed, over, or not signed by it'),
  // keys
  'key-invalid': final('The key is malformed'),
  // doors (spec/doors.md)
  'request-malformed': final('The request is not well-formed'),
  'request-too-large': final('The request exceeds its limit'),
  'media-type-unsupported': final('The content type is not one this door takes'),
  'filter-invalid': final('The filter is not valid'),
  'cursor-invalid': final('The cursor was not made by this archive for this query'),
  'op-unknown': final('No such operation'),
  'not-found': final('There is nothing at this address'),
  'method-not-allowed': final('The method is not allowed at this address'),
  'not-authorised': final('The proof of the right to do this is missing or wrong'),
  'quota-exceeded': passing('A quota is used up'),
  'too-many-in-flight': passing('Too many unanswered requests on this connection'),
  'too-many-connections': passing('The archive has no room for another connection'),
  'too-slow': passing('The other side reads or writes too slowly'),
  overloaded: passing('The archive has more work than it can take'),
  'query-timeout': passing('The query took too long'),
  unavailable: passing('The archive cannot serve this now'),
  'internal-error': passing('The archive failed in a way it did not expect'),
  // peers (spec/gossip.md)
  'peer-pending': passing('The operator of this archive has not approved the peer yet'),
  'peer-misbehaved': passing('The peer has sent what no archive sends'),
  'peer-unknown': final('No such peer is known here'),
  'set-too-large': final('The set of this scope is too large to be compared'),
  // relay (spec/relay.md)
  'relay-off': final('The archive does not relay between clients'),
  'not-joined': passing('The connection has not joined the overlay'),
  // nodes (spec/dht.md)
  'ticket-invalid': final('The ticket is not one of this node, this archive and now'),
  'ticket-missing': passing('The ticket of the sender is not known'),
  'frame-invalid': final('The frame is not one of its sender to this node'),
  'frame-untimely': final('The frame is too old or new, or has come before'),
  'message-invalid': final('The message is not one that nodes send'),
  // clients
  'archive-unreachable': passing('No archive could be reached'),
  'address-refused': final('The address is not one that an archive connects to'),
  'archive-foreign': final('The archive is not the one it was expected to be'),
  'answer-invalid': final('An archive answered with something that does not verify'),
  'request-timeout': passing('No answer came in time'),
  aborted: final('The caller gave up'),
  closed: final('The client is closed'),
  'storage-failed': passing('The local store failed'),
  'in-use': passing('Another program that shares this storage is doing this'),
  'outbox-full': passing('The outbox is full'),
  'message-unknown': final('No such message was sent from here'),
  'contact-unknown': final('No such contact'),
  'card-outdated': passing(
    "The recipient's card was looked up too long ago, and no archive tells a newer one",
  ),
  'overlay-unreachable': passing('This client is not in the overlay, and reaches no other client'),
  'recipient-unreachable': passing('The recipient has published no mailbox that could be found'),
  // command line and server start
  'usage-invalid': final('The command was not understood'),
  'home-invalid': final('HOLDFAST_HOME cannot be used'),
  'identity-missing': final('No identity has been made here yet'),
  'identity-exists': final('There is an identity here already'),
  'file-unreadable': final('The file cannot be read'),
  'mail-unparseable': final('The file is not a mail that can be parsed'),
  'mail-too-large': final('The mail exceeds what an import takes'),
  'settings-invalid': final('A setting is not valid'),
  'port-taken': final('The port is in use'),
  'data-folder-foreign': final('The data folder belongs to something else'),
  'data-folder-busy': final('The data folder is in use by another archive'),
  'database-unreachable': passing('The database cannot be reached'),
  'database-unsuitable': final('The database cannot be used'),
  'migration-failed': final('The database could not be brought to the version of this program'),
} as const satisfies Record<string, CodeMeaning>;

export type ErrorCode = keyof typeof errorCodes;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
