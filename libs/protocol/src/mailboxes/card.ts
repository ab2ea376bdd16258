/**
 * A mailbox card (spec/crates.md, "Mailbox cards"): the record in an identity's `keys` collection that says which
 * mailbox to write to, with which key, and at which archives it is collected. Both sign: the identity the record,
 * the mailbox a proof over the identity, so that nobody can put another's mailbox on their card.
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, type Refusal, type Result } from '../errors/result.js';
import { decodePublicKey, signatureBytes, signingKeyFromJwk, verifyEd25519 } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { systemCollections, type HoldfastRecord } from '../records/record.js';
import { kemPublicKeyBytes, type MailboxKeys } from './keys.js';
import { cardText } from './proofs.js';

/** The body of the record; its key is the mailbox. */
export type MailboxCardBody = {
  readonly mailbox: string;
  /** The mailbox key's signature over cardText(author), base64url. */
  readonly proof: string;
  readonly suite: 1;
  /** The public key that crates are sealed to, base64url. */
  readonly kem: string;
  /** Base URLs of the archives where the mailbox is collected, the preferred one first. */
  readonly archives: readonly string[];
  /** The archives' ids, each at the place of its URL; null where the owner has not met it yet. */
  readonly ids?: readonly (string | null)[];
};

/** What a card says once its proof has been checked. */
export interface MailboxAddress {
  readonly author: string;
  readonly mailbox: string;
  readonly suite: 1;
  readonly kem: string;
  readonly archives: readonly string[];
  /** As many as `archives`. */
  readonly ids: readonly (string | null)[];
}

export interface MailboxCard extends MailboxAddress {
  /** The record that it was read from, and when that was made. */
  readonly record: string;
  readonly iat: number;
}

/**
 * Throws `card-invalid` when the archives are not 1 to 16 URLs, or the ids not theirs; `key-invalid` when the keys are
 * malformed.
 */
export async function makeCardBody(
  keys: MailboxKeys,
  author: string,
  archives: readonly string[],
  ids?: readonly (string | null)[],
): Promise<MailboxCardBody> {
  if (!isArchives(archives)) throw new HoldfastError('card-invalid', archivesFlaw);
  if (ids !== undefined && !areIds(ids, archives.length)) throw new HoldfastError('card-invalid', idsFlaw);
  if (decodeBase64urlOf(keys.kem.publicKey, kemPublicKeyBytes) === undefined) {
    throw new HoldfastError('key-invalid', kemFlaw);
  }
  const mailbox = await signingKeyFromJwk(keys.signing);
  const proof = encodeBase64url(await mailbox.sign(cardText(author)));
  return {
    mailbox: mailbox.publicKey,
    proof,
    suite: 1,
    kem: keys.kem.publicKey,
    archives: [...archives],
    ...(ids === undefined ? {} : { ids: [...ids] }),
  };
}

/** Reads the card of a verified record. Members of the body that are not known are passed over. */
export async function readCard(record: HoldfastRecord): Promise<Result<MailboxCard>> {
  if (record.collection !== systemCollections.keys) return invalid('A card stands in the collection "keys".');
  const address = await readCardBody(record.body, record.author);
  if (!address.ok) return address;
  if (record.key !== address.value.mailbox) return invalid("The record's key is not the mailbox.");
  return accepted({ ...address.value, record: record.id, iat: record.iat });
}

/** The same for a card that was handed over in a message: `author` is who signed that. */
export async function readCardBody(body: unknown, author: string): Promise<Result<MailboxAddress>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return invalid('The card is not an object.');
  }
  const { mailbox, proof, suite, kem, archives, ids } = body as { readonly [member: string]: unknown };
  const mailboxKey = typeof mailbox === 'string' ? decodePublicKey(mailbox) : undefined;
  if (typeof mailbox !== 'string' || mailboxKey === undefined) {
    return invalid('"mailbox" is not the base64url of an acceptable Ed25519 public key.');
  }
  if (suite !== 1) return invalid('"suite" is not 1, the only one that is spoken here.');
  if (typeof kem !== 'string' || decodeBase64urlOf(kem, kemPublicKeyBytes) === undefined)
    return invalid(kemFlaw);
  if (!isArchives(archives)) return invalid(archivesFlaw);
  if (ids !== undefined && !areIds(ids, archives.length)) return invalid(idsFlaw);
  const signature = typeof proof === 'string' ? decodeBase64urlOf(proof, signatureBytes) : undefined;
  if (signature === undefined || !(await verifyEd25519(mailboxKey, cardText(author), signature))) {
    return invalid('"proof" is not the mailbox\'s signature for this author.');
  }
  return accepted({ author, mailbox, suite, kem, archives, ids: ids ?? archives.map(() => null) });
}

const kemFlaw = `"kem" is not an X-Wing public key of ${kemPublicKeyBytes} bytes in base64url.`;
const archivesFlaw = `"archives" is not a list of 1 to ${limits.cardArchivesMax} different http or https URLs without user, query and fragment.`;
const idsFlaw = '"ids" is not a list of as many archive ids, or nulls, as there are archives.';

function isArchives(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.cardArchivesMax) return false;
  return value.every(isArchiveUrl) && new Set(value).size === value.length;
}

function areIds(value: unknown, count: number): value is readonly (string | null)[] {
  if (!Array.isArray(value) || value.length !== count) return false;
  return value.every((id) => id === null || (typeof id === 'string' && decodePublicKey(id) !== undefined));
}

/**
 * RFC 3986 in printable ASCII, so that every reader finds the same parts. What it leaves open, such as a port above
 * 65535 or a host that looks like an IPv4 address and is none, the URL Standard decides, by which clients connect.
 */
const archiveUrlPattern =
  /^https?:\/\/(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]+)?(?:\/(?:[a-zA-Z0-9\-._~!$&'()*+,;=:@/]|%[0-9a-fA-F]{2})*)?$/;

export const isArchiveUrl = (url: unknown): boolean =>
  typeof url === 'string' &&
  url.length <= limits.urlLengthMax &&
  archiveUrlPattern.test(url) &&
  URL.canParse(url);

const invalid = (detail: string): Refusal => refused('card-invalid', detail);
