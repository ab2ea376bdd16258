/**
 * The message inside a crate (spec/crates.md, "Message"): a JWS of its sender, of the same strict form as a record
 * and with a `typ` of its own, so that neither is ever taken for the other. It names the mailbox that it is for: a
 * recipient cannot seal it again for somebody else in the sender's name.
 */
import { decodeBase64urlOf } from '../encoding/base64url.js';
import { decodeUtf8, encodeUtf8 } from '../encoding/bytes.js';
import type { Json } from '../encoding/strict-json.js';
import { accepted, excerptOf, refused, valueOf, type Refusal, type Result } from '../errors/result.js';
import { parseCompactJws, readJsonPayload, signCompactJws, type JwsProfile } from '../jws/compact.js';
import { verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { isNumericDate, isRecordId } from '../records/payload.js';

export const messageType = 'holdfast-message';

export interface MessageContent {
  /** 16 random bytes in base64url: the same in every crate that carries the message. */
  readonly id: string;
  /** NumericDate of the sender, whole seconds. */
  readonly iat: number;
  /** The mailbox that the crate is addressed to. */
  readonly to: string;
  readonly text: string;
  /** Ids of the crates that carry the same message to other recipients, as far as they were sealed before. */
  readonly siblings?: readonly string[];
}

export interface Message {
  readonly sender: string;
  readonly content: MessageContent;
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

const members = new Set(['id', 'iat', 'to', 'text', 'siblings']);
const messageIdBytes = 16;
/** An object with a list in it. */
const messageDepthMax = 2;

/** Throws `crate-content-invalid` for a content that a recipient would refuse. */
export async function signMessage(content: MessageContent, sender: SigningKey): Promise<Uint8Array> {
  const jws = await signCompactJws(content, messageType, sender);
  valueOf(parseMessage(jws, content.to));
  return encodeUtf8(jws);
}

export async function verifyMessage(bytes: Uint8Array, mailbox: string): Promise<Result<Message>> {
  const jws = decodeUtf8(bytes);
  if (jws === undefined) return invalid('The message is not a JWS.');
  const parsed = parseMessage(jws, mailbox);
  if (!parsed.ok) return parsed;
  const { signer, signerKey, signingInput, signature, content } = parsed.value;
  if (!(await verifyEd25519(signerKey, signingInput, signature))) {
    return invalid('The message\'s signature does not verify with the key that "kid" names.');
  }
  return accepted({ sender: signer, content });
}

function parseMessage(jws: string, mailbox: string) {
  const parsed = parseCompactJws(jws, messageProfile);
  if (!parsed.ok) return parsed;
  const json = readJsonPayload(parsed.value.payload, messageDepthMax, messageProfile);
  if (!json.ok) return json;
  const content = checkContent(json.value, mailbox);
  return content.ok ? accepted({ ...parsed.value, content: content.value }) : content;
}

function checkContent(json: Json, mailbox: string): Result<MessageContent> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return invalid('The message is not an object.');
  }
  const content = json as { readonly [member: string]: Json };
  for (const member of Object.keys(content)) {
    if (!members.has(member)) return invalid(`The message has an unknown member "${excerptOf(member)}".`);
  }
  const { id, iat, to, text, siblings } = content;
  if (typeof id !== 'string' || decodeBase64urlOf(id, messageIdBytes) === undefined) {
    return invalid('"id" is not 16 bytes in base64url.');
  }
  if (!isNumericDate(iat)) return invalid('"iat" is not a NumericDate in whole seconds.');
  if (to !== mailbox) return invalid('"to" is not the mailbox that the crate is addressed to.');
  if (typeof text !== 'string') return invalid('"text" is not a text.');
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

const invalid = (detail: string): Refusal => refused('crate-content-invalid', detail);
