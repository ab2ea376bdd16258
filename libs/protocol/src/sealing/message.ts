/**
 * The message inside a crate (spec/crates.md, "Message"): a JWS of its sender, of the same strict form as a record
 * and with a `typ` of its own, so that neither is ever taken for the other. It names the mailbox that it is for, or the
 * identities: a recipient can seal it again for those alone, in the sender's name.
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes, decodeUtf8, encodeUtf8, sha256 } from '../encoding/bytes.js';
import type { Json } from '../encoding/strict-json.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, excerptOf, refused, valueOf, type Refusal, type Result } from '../errors/result.js';
import { parseCompactJws, readJsonPayload, signCompactJws, type JwsProfile } from '../jws/compact.js';
import { decodePublicKey, verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import type { MailboxCardBody } from '../mailboxes/card.js';
import { isNumericDate, isRecordId } from '../records/payload.js';

export const messageType = 'holdfast-message';

export interface MessageContent {
  /** 16 random bytes in base64url: the same in every crate that carries the message. */
  readonly id: string;
  /** NumericDate of the sender, whole seconds. */
  readonly iat: number;
  /** The mailbox that its sender sealed it for; not that of the crate in which a fellow brings it. */
  readonly to: string;
  /** What a person wrote. A message has either this or a notice. */
  readonly text?: string;
  /** What one client tells another. */
  readonly notice?: MessageNotice;
  /** Ids of the crates that carry the same message to other recipients, as far as they were sealed before. */
  readonly siblings?: readonly string[];
  /** The identities that the message is for: any of them may have it from a fellow. */
  readonly recipients?: readonly string[];
  /** Where its recipient writes to the sender from now on. Nobody else may learn it. */
  readonly reply?: ReplyAddress;
}

/**
 * A mailbox card that is handed over instead of published (spec/conversations.md, "Pairwise mailboxes"), checked with
 * `readCardBody` by whoever uses it.
 */
export interface ReplyAddress extends MailboxCardBody {
  /** The public mailbox of the device that collects it: a later address for the same device replaces this one. */
  readonly device: string;
}

export interface MessageNotice {
  /** What a fellow has, so that it is told what it lacks, and asked for what the other lacks. */
  readonly have?: HaveNotice;
}

export interface HaveNotice {
  /** The public mailbox that answers go to. */
  readonly mailbox: string;
  /** NumericDate: only messages that were sent since then count. */
  readonly since: number;
  /** The marks of the messages that are there (`markOf`). */
  readonly marks: readonly string[];
  /** It answers a notice: no further one is expected. */
  readonly answer?: boolean;
}

export interface Message {
  readonly sender: string;
  readonly content: MessageContent;
  /** As the sender signed it: what a fellow seals again. */
  readonly jws: string;
}

const messageProfile: JwsProfile = {
  type: messageType,
  codes: {
    malformed: 'crate-content-invalid',
    header: 'crate-content-invalid',
    algorithm: 'crate-content-invalid',
    signer: 'crate-content-invalid',
    signature: 'crate-content-invalid',
    payload: 'crate-content-invalid',
  },
};

const members = new Set(['id', 'iat', 'to', 'text', 'notice', 'siblings', 'recipients', 'reply']);
const messageIdBytes = 16;
const markBytes = 12;
/** A notice that has a list of marks in it. */
const messageDepthMax = 4;

/** Throws `crate-content-invalid` for a content that a recipient would refuse. */
export async function signMessage(content: MessageContent, sender: SigningKey): Promise<Uint8Array> {
  const jws = await signCompactJws(content, messageType, sender);
  valueOf(parseMessage(jws, content.to));
  return encodeUtf8(jws);
}

/** @param owner the identity that the mailbox belongs to: what names it among its recipients may come from a fellow */
export async function verifyMessage(
  bytes: Uint8Array,
  mailbox: string,
  owner?: string,
): Promise<Result<Message>> {
  const jws = decodeUtf8(bytes);
  if (jws === undefined) return invalid('The message is not a JWS.');
  const parsed = parseMessage(jws, mailbox, owner);
  if (!parsed.ok) return parsed;
  const { signer, signerKey, signingInput, signature, content } = parsed.value;
  if (!(await verifyEd25519(signerKey, signingInput, signature))) {
    return invalid('The message\'s signature does not verify with the key that "kid" names.');
  }
  return accepted({ sender: signer, content, jws });
}

/**
 * The name of a message among those that fellows compare (spec/conversations.md, "Marks and notices"): 12 bytes in
 * base64url of SHA-256("holdfast-mark-1" || sender (32) || message id (16)).
 */
export async function markOf(sender: string, id: string): Promise<string> {
  const [senderKey, idBytes] = [decodeBase64urlOf(sender, 32), decodeBase64urlOf(id, messageIdBytes)];
  if (senderKey === undefined || idBytes === undefined) {
    throw new HoldfastError('key-invalid', 'No sender, or no message id.');
  }
  const hash = await sha256(concatBytes(encodeUtf8('holdfast-mark-1'), senderKey, idBytes));
  return encodeBase64url(hash.subarray(0, markBytes));
}

function parseMessage(jws: string, mailbox: string, owner?: string) {
  const parsed = parseCompactJws(jws, messageProfile);
  if (!parsed.ok) return parsed;
  const json = readJsonPayload(parsed.value.payload, messageDepthMax, messageProfile);
  if (!json.ok) return json;
  const content = checkContent(json.value, mailbox, owner);
  return content.ok ? accepted({ ...parsed.value, content: content.value }) : content;
}

function checkContent(json: Json, mailbox: string, owner: string | undefined): Result<MessageContent> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return invalid('The message is not an object.');
  }
  const content = json as { readonly [member: string]: Json };
  for (const member of Object.keys(content)) {
    if (!members.has(member)) return invalid(`The message has an unknown member "${excerptOf(member)}".`);
  }
  const { id, iat, to, text, notice, siblings, recipients, reply } = content;
  if (typeof id !== 'string' || decodeBase64urlOf(id, messageIdBytes) === undefined) {
    return invalid('"id" is not 16 bytes in base64url.');
  }
  if (!isNumericDate(iat)) return invalid('"iat" is not a NumericDate in whole seconds.');
  if (recipients !== undefined && !isRecipients(recipients)) {
    return invalid(`"recipients" is not a list of 1 to ${limits.recipientsMax} different identities.`);
  }
  const isForOwner = owner !== undefined && (recipients as readonly Json[] | undefined)?.includes(owner);
  if (to !== mailbox && isForOwner !== true) {
    return invalid('"to" is not the mailbox that the crate is addressed to.');
  }
  if (typeof to !== 'string' || decodePublicKey(to) === undefined) return invalid('"to" is not a mailbox.');
  if ((text === undefined) === (notice === undefined)) {
    return invalid('A message has either "text" or "notice".');
  }
  if (text !== undefined && typeof text !== 'string') return invalid('"text" is not a text.');
  if (notice !== undefined && !isNotice(notice)) return invalid('"notice" does not have the shape of one.');
  if (reply !== undefined && !isReply(reply)) return invalid('"reply" does not have the shape of a card.');
  if (
    reply !== undefined &&
    (recipients as readonly Json[] | undefined)?.length !== 1 &&
    notice === undefined
  ) {
    return invalid('"reply" stands only in a message to one recipient, or in a notice.');
  }
  if (siblings !== undefined && !isSiblings(siblings)) {
    return invalid(`"siblings" is not a list of at most ${limits.siblingsMax} different crate ids.`);
  }
  return accepted(content as unknown as MessageContent);
}

function isSiblings(json: Json): boolean {
  if (!Array.isArray(json) || json.length > limits.siblingsMax) return false;
  const list = json as readonly Json[];
  return (
    list.every((item) => typeof item === 'string' && isRecordId(item)) && new Set(list).size === list.length
  );
}

function isRecipients(json: Json): boolean {
  if (!Array.isArray(json) || json.length === 0 || json.length > limits.recipientsMax) return false;
  const list = json as readonly Json[];
  return list.every(isKey) && new Set(list).size === list.length;
}

/** Its members are read when somebody is written to there; here it only must not be anything else. */
function isReply(json: Json): boolean {
  return isObject(json) && isKey(json['device']) && isKey(json['mailbox']);
}

function isNotice(json: Json): boolean {
  if (!isObject(json) || Object.keys(json).some((member) => member !== 'have')) return false;
  const { have } = json;
  if (have === undefined) return true;
  if (!isObject(have)) return false;
  const { mailbox, since, marks, answer, ...others } = have;
  return (
    Object.keys(others).length === 0 &&
    isKey(mailbox) &&
    isNumericDate(since) &&
    isMarks(marks) &&
    (answer === undefined || typeof answer === 'boolean')
  );
}

function isMarks(json: Json | undefined): boolean {
  if (!Array.isArray(json) || json.length > limits.marksMax) return false;
  const list = json as readonly Json[];
  const isMark = (mark: Json): boolean =>
    typeof mark === 'string' && decodeBase64urlOf(mark, markBytes) !== undefined;
  return list.every(isMark) && new Set(list).size === list.length;
}

const isKey = (json: Json | undefined): boolean =>
  typeof json === 'string' && decodePublicKey(json) !== undefined;

const isObject = (json: Json): json is { readonly [member: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const invalid = (detail: string): Refusal => refused('crate-content-invalid', detail);
