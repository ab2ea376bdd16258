/**
 * Runs a file of vectors/ and answers the cases that came out otherwise than it says. It needs nothing but the file:
 * the same function runs in Node and in Chromium.
 */
import type * as z from 'zod/mini';
import { verifyCustody } from '../crates/custody.js';
import { provesDeparture, type Way } from '../crates/departure.js';
import { parseEnvelope } from '../crates/envelope.js';
import { checkExpiry } from '../crates/expiry.js';
import { crateIdOf, isRecallFor, isReceiptFor } from '../crates/secrets.js';
import { departuresSchema, nodeNewsSchema, offersSchema } from '../doors/between-archives.js';
import { queryFilterFromParameters } from '../doors/filter.js';
import { encodeRelayedFrame, parseRelayedFrame } from '../doors/relayed-frame.js';
import { parseRequest } from '../doors/requests.js';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';
import { equalBytes } from '../encoding/bytes.js';
import { HoldfastError } from '../errors/holdfast-error.js';
import { accepted, refused, valueOf, type Result } from '../errors/result.js';
import { isAcceptablePublicKey, signingKeyFromJwk, verifyEd25519, type PrivateJwk } from '../keys/ed25519.js';
import { mailboxDayKey, readAnnouncementAt, verifyAnnouncement } from '../mailboxes/announcement.js';
import { readCard } from '../mailboxes/card.js';
import type { KemKeys } from '../mailboxes/keys.js';
import { cardText, collectText, discardText } from '../mailboxes/proofs.js';
import { openFrame } from '../nodes/frame.js';
import { ReplayWindow } from '../nodes/replay-window.js';
import { joinText, nodeIdOf, ticketNonceOf, verifyTicket } from '../nodes/ticket.js';
import { verifyRecord } from '../records/verify.js';
import { markOf, type MessageContent } from '../sealing/message.js';
import { openCrate } from '../sealing/open.js';
import { sealCrate } from '../sealing/seal.js';
import {
  bytesOfHex,
  hexOf,
  textOf,
  type VectorCase,
  type VectorFile,
  type VectorText,
} from './vector-file.js';

export interface VectorFailure {
  readonly name: string;
  readonly expected: unknown;
  readonly found: unknown;
}

export async function runVectors(file: VectorFile): Promise<VectorFailure[]> {
  const judge = judges[file.kind];
  if (judge === undefined) throw new Error(`There are no vectors of the kind "${file.kind}".`);
  const failures: VectorFailure[] = [];
  for (const one of file.cases) {
    const verdict = await judge(one, file);
    const found = verdict.ok ? { ...verdict.value, ok: true } : { ok: false, code: verdict.code };
    if (!agrees(found, one.expect)) failures.push({ name: one.name, expected: one.expect, found });
  }
  return failures;
}

type Judge = (one: VectorCase, file: VectorFile) => Promise<Verdict> | Verdict;
type Verdict = Result<object> | { readonly ok: false; readonly code?: undefined };

const no: Verdict = { ok: false };

const judges: Readonly<Record<string, Judge>> = {
  base64url: ({ text }) => {
    const bytes = decodeBase64url(textOf(text as VectorText));
    return bytes === undefined ? no : accepted({ hex: hexOf(bytes), again: encodeBase64url(bytes) });
  },

  'public-keys': ({ publicKey }) => (isAcceptablePublicKey(hex(publicKey)) ? accepted({}) : no),

  signatures: async ({ publicKey, message, signature }) =>
    (await verifyEd25519(hex(publicKey), hex(message), hex(signature))) ? accepted({}) : no,

  records: async ({ record, now }) => {
    const verified = await verifyRecord(textOf(record as VectorText), now as number);
    if (!verified.ok) return verified;
    const { id, author, jws: _, ...payload } = verified.value;
    return accepted({ id, author, payload });
  },

  crates: async ({ envelope, now }) => {
    const bytes = base64url(envelope);
    const parsed = parseEnvelope(bytes);
    if (!parsed.ok) return parsed;
    const { mailbox, expiryHour, nonce, ackHash, recallHash, associatedData } = parsed.value;
    const expiry = checkExpiry(expiryHour, now as number);
    if (!expiry.ok) return expiry;
    return accepted({
      id: await crateIdOf(bytes),
      mailbox,
      expiry: expiry.value,
      nonce: encodeBase64url(nonce),
      ackHash: encodeBase64url(ackHash),
      recallHash: encodeBase64url(recallHash),
      associatedDataBytes: associatedData.length,
    });
  },

  opening: ({ envelope, mailbox, kem, owner }, { keys }) =>
    openCrate(base64url(envelope), {
      mailbox: mailbox as string,
      ...(owner === undefined ? {} : { owner: owner as string }),
      kem: (kem as string[]).map((name) => keys![name] as unknown as KemKeys),
    }),

  sealing: async ({ content, sender, kemPublicKey, expiryHour, random }) => {
    const parts = random as Record<string, string>;
    const pool = ['nonce', 'ackSecret', 'recallSecret', 'encapsulation'].map((part) =>
      base64url(parts[part]),
    );
    const sealed = await sealCrate({
      content: content as MessageContent,
      sender: await signingKeyFromJwk(sender as PrivateJwk),
      kemPublicKey: kemPublicKey as string,
      expiryHour: expiryHour as number,
      random: () => pool.shift()!,
    });
    return accepted({ id: sealed.crate, envelope: encodeBase64url(sealed.envelope) });
  },

  receipts: async ({ purpose, mailbox, nonce, hash, secret }) => {
    const crate = { mailbox: mailbox as string, nonce: base64url(nonce) };
    const recall = purpose === 'recall';
    const fits = recall
      ? await isRecallFor({ ...crate, recallHash: base64url(hash) }, base64url(secret))
      : await isReceiptFor({ ...crate, ackHash: base64url(hash) }, base64url(secret));
    return fits ? accepted({}) : refused(recall ? 'recall-invalid' : 'receipt-invalid', '');
  },

  custody: ({ custody, crate, sizeBytes, expiryHour, now }) =>
    verifyCustody(
      textOf(custody as VectorText),
      { crate: crate as string, sizeBytes: sizeBytes as number, expiryHour: expiryHour as number },
      now as number,
    ),

  departures: async ({ id, mailbox, nonce, ackHash, recallHash, way, proof }) => {
    const crate = {
      id: id as string,
      mailbox: mailbox as string,
      nonce: base64url(nonce),
      ackHash: base64url(ackHash),
      recallHash: base64url(recallHash),
    };
    return (await provesDeparture(crate, way as Way, base64url(proof))) ? accepted({}) : no;
  },

  marks: ({ sender, id }) => answerOf(async () => ({ mark: await markOf(sender as string, id as string) })),

  cards: async ({ record, now }) => {
    const verified = await verifyRecord(textOf(record as VectorText), now as number);
    return verified.ok ? readCard(verified.value) : verified;
  },

  announcements: async ({ announcement, mailbox, day, place, now }) => {
    const dayKey = await mailboxDayKey(mailbox as string, day as number);
    const at = decodeBase64url((place as string | undefined) ?? dayKey.publicKey)!;
    const read = await readAnnouncementAt(at, announcement as string, now as number);
    return read.ok ? verifyAnnouncement(announcement as string, mailbox as string, now as number) : read;
  },

  proofs: async ({ purpose, parts, publicKey, signature }) => {
    const [first, second, third] = parts as [string, string, string];
    const texts: Readonly<Record<string, () => Uint8Array<ArrayBuffer>>> = {
      collect: () => collectText(first, second, third),
      discard: () => discardText(first),
      card: () => cardText(first),
      join: () => joinText(first, second),
    };
    const text = texts[purpose as string]!();
    const holds = await verifyEd25519(base64url(publicKey), text, base64url(signature));
    return holds ? accepted({ text: hexOf(text) }) : no;
  },

  requests: ({ frame }) => parseRequest(textOf(frame as VectorText)),

  'offer-bodies': ({ body }) => bodyOf(offersSchema, body),

  'departure-bodies': ({ body }) => bodyOf(departuresSchema, body),

  'node-news': ({ frame }) => bodyOf(nodeNewsSchema, frame),

  'relayed-frames': ({ message }) => {
    const bytes = base64url(message);
    const parsed = parseRelayedFrame(bytes);
    if (!parsed.ok) return parsed;
    const { n, archive, frame } = parsed.value;
    const again = encodeBase64url(encodeRelayedFrame(parsed.value));
    return again === encodeBase64url(bytes)
      ? accepted({ n, archive: encodeBase64url(archive), frame: encodeBase64url(frame) })
      : no;
  },

  tickets: async ({ ticket, archive, now }) => {
    const verified = await verifyTicket(base64url(ticket), archive as string, now as number);
    if (!verified.ok) return verified;
    const { node, nodeKey, expiry } = verified.value;
    return accepted({ node: encodeBase64url(node), nodeKey: encodeBase64url(nodeKey), expiry });
  },

  'node-ids': ({ archive, nodeKey, nonce, secret }) =>
    answerOf(async () => {
      const made =
        secret === undefined ? base64url(nonce) : await ticketNonceOf(base64url(secret), nodeKey as string);
      const node = await nodeIdOf(archive as string, base64url(nodeKey), made);
      return { node: encodeBase64url(node), nonce: encodeBase64url(made) };
    }),

  frames: async ({ frame, self, nowMs, known }) => {
    const tickets = await Promise.all(
      (known as { archive: string; ticket: string }[]).map(async ({ archive, ticket }) => {
        const bytes = base64url(ticket);
        const expiry = new DataView(bytes.buffer).getUint32(40);
        return valueOf(await verifyTicket(bytes, archive, expiry - 1));
      }),
    );
    const opened = await openFrame(base64url(frame), {
      self: base64url(self),
      nowMs: nowMs as number,
      ticketOf: (node) => tickets.find((ticket) => equalBytes(ticket.node, node)),
      seen: new ReplayWindow(),
    });
    if (!opened.ok) return opened;
    const { sender, payload, ...members } = opened.value;
    return accepted({ ...members, from: encodeBase64url(sender.node), payload: encodeBase64url(payload) });
  },

  filters: ({ query }) => queryFilterFromParameters(new URLSearchParams(query as string)),
};

/** A body between archives, as its door reads it. */
function bodyOf(schema: z.ZodMiniType<object>, body: unknown): Verdict {
  const parsed = schema.safeParse(JSON.parse(textOf(body as VectorText)));
  return parsed.success ? accepted(parsed.data) : refused('request-malformed', '');
}

/** What throws for an input that is none. */
async function answerOf(ask: () => Promise<object>): Promise<Verdict> {
  try {
    return accepted(await ask());
  } catch (error) {
    if (error instanceof HoldfastError) return refused(error.code, error.message);
    throw error;
  }
}

const hex = (value: unknown): Uint8Array<ArrayBuffer> => bytesOfHex(value as string);

function base64url(value: unknown): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64url(textOf(value as VectorText));
  if (bytes === undefined) throw new Error('The vector is not base64url.');
  return bytes;
}

/** Whether everything that `expected` names is so in `found`; `found` may have more on its first level. */
function agrees(found: object, expected: object): boolean {
  return Object.entries(expected).every(([member, value]) =>
    isSame((found as Record<string, unknown>)[member], value),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const names = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === Object.keys(b).length &&
    names.every(
      (name) =>
        Object.hasOwn(b, name) &&
        isSame((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
    )
  );
}
