/**
 * Frames (spec/dht.md, "Frames"): what one node sends another by way of archives and other nodes, signed by the sender,
 * so that whoever carries it can neither forge nor change it, nor bring it twice. The class stands outside of the
 * message, so that archives can count floods without reading what is said.
 */
import { decodeBase64urlOf, encodeBase64url } from '../encoding/base64url.js';
import { concatBytes, encodeUtf8, equalBytes } from '../encoding/bytes.js';
import { accepted, refused, type Refusal, type Result } from '../errors/result.js';
import { signatureBytes, verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import type { ReplayWindow } from './replay-window.js';
import { ticketBytes, ticketLateness, verifyTicket, type Ticket } from './ticket.js';

const version = 1;
const idBytes = 32;
const headBytes = 73;
const attachedBytes = 32 + ticketBytes;
const flags = { ticket: 1, observer: 2, wantsTicket: 4 } as const;
const allFlags = flags.ticket | flags.observer | flags.wantsTicket;

export interface FrameContent {
  /** Whether the message in it is a flood: archives bound these by themselves. */
  readonly isFlood: boolean;
  /** The sender stands in nobody's table. */
  readonly isObserver: boolean;
  /** "Send me your ticket": the sender could not read what came. */
  readonly wantsTicket: boolean;
  /** The receiver's id, 32 bytes. */
  readonly to: Uint8Array;
  /** The sender's clock, whole milliseconds since 1970. */
  readonly atMs: number;
  /** An encoded message. Empty only in a frame that asks for a ticket or brings one. */
  readonly payload: Uint8Array;
}

/** A frame whose shape has been checked, and nothing else: what an archive sees of it. */
export interface UnverifiedFrame extends FrameContent {
  /** The sender's id, 32 bytes. */
  readonly from: Uint8Array;
  readonly attached?: { readonly archive: string; readonly ticket: Uint8Array };
  readonly signature: Uint8Array;
}

/** A frame that its sender has signed, for this receiver, just now, and that has not come before. */
export interface OpenedFrame extends FrameContent {
  readonly sender: Ticket;
  /** Whether the ticket came with it: then the sender does not know yet that it is known here. */
  readonly broughtTicket: boolean;
}

export interface FrameReader {
  /** The own id, 32 bytes. */
  readonly self: Uint8Array;
  readonly nowMs: number;
  /** The ticket that is known of a node. */
  readonly ticketOf: (node: Uint8Array) => Ticket | undefined;
  readonly seen: ReplayWindow;
}

/** @param attach whether to send the ticket along: until the other side has answered */
export async function sealFrame(
  content: FrameContent,
  own: Ticket,
  attach: boolean,
  key: SigningKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const flaw = payloadFlaw(content.payload.length, attach, content.wantsTicket);
  if (flaw !== undefined || content.to.length !== idBytes)
    throw new RangeError(flaw ?? 'An id has 32 bytes.');
  const head = new Uint8Array(headBytes);
  head[0] = version;
  head[1] = content.isFlood ? 1 : 0;
  head[2] =
    (attach ? flags.ticket : 0) |
    (content.isObserver ? flags.observer : 0) |
    (content.wantsTicket ? flags.wantsTicket : 0);
  head.set(own.node, 3);
  head.set(content.to, 35);
  const view = new DataView(head.buffer);
  view.setUint16(67, Math.floor(content.atMs / 2 ** 32));
  view.setUint32(69, content.atMs >>> 0);
  const attached = attach ? [decodeBase64urlOf(own.archive, 32)!, own.bytes] : [];
  const signed = concatBytes(head, ...attached, content.payload);
  return concatBytes(signed, await key.sign(frameText(signed)));
}

/** What can be said of a frame without any key. The byte strings of the answer are views of it. Refuses with `frame-invalid`. */
export function parseFrame(bytes: Uint8Array): Result<UnverifiedFrame> {
  if (bytes.length < headBytes + signatureBytes || bytes.length > limits.nodeFrameBytesMax) {
    return invalid(`A frame does not have ${bytes.length} bytes.`);
  }
  if (bytes[0] !== version) return invalid(`Version ${bytes[0]} is not spoken here, only ${version}.`);
  const flagged = bytes[2]!;
  if (bytes[1]! > 1 || (flagged & ~allFlags) !== 0) return invalid('The class or a flag is unknown.');
  const hasTicket = (flagged & flags.ticket) !== 0;
  const wantsTicket = (flagged & flags.wantsTicket) !== 0;
  const begin = headBytes + (hasTicket ? attachedBytes : 0);
  const end = bytes.length - signatureBytes;
  const flaw = payloadFlaw(end - begin, hasTicket, wantsTicket);
  if (flaw !== undefined) return invalid(flaw);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return accepted({
    isFlood: bytes[1] === 1,
    isObserver: (flagged & flags.observer) !== 0,
    wantsTicket,
    from: bytes.subarray(3, 35),
    to: bytes.subarray(35, 67),
    atMs: view.getUint16(67) * 2 ** 32 + view.getUint32(69),
    ...(hasTicket
      ? {
          attached: {
            archive: encodeBase64url(bytes.subarray(headBytes, headBytes + 32)),
            ticket: bytes.subarray(headBytes + 32, begin),
          },
        }
      : {}),
    payload: bytes.subarray(begin, end),
    signature: bytes.subarray(end),
  });
}

/**
 * Refuses with `frame-invalid`; with `frame-untimely` when it is too old or new, or has come before; with
 * `ticket-invalid`; and with `ticket-missing` when the sender is to be asked for its ticket.
 */
export async function openFrame(bytes: Uint8Array, reader: FrameReader): Promise<Result<OpenedFrame>> {
  const parsed = parseFrame(bytes);
  if (!parsed.ok) return parsed;
  const { attached, from, signature, ...content } = parsed.value;
  if (!equalBytes(content.to, reader.self)) return invalid('The frame is for another node.');
  if (Math.abs(content.atMs - reader.nowMs) > limits.nodeClockSkewSecondsMax * 1_000) {
    return refused('frame-untimely', 'The clocks of the sender and the receiver differ too much.');
  }
  if (reader.seen.has(from, content.atMs, signature)) return repeated;
  const sender = await senderOf(from, attached, reader);
  if (!sender.ok) return sender;
  const signed = bytes.subarray(0, bytes.length - signatureBytes);
  if (!(await verifyEd25519(sender.value.nodeKey, frameText(signed), signature))) {
    return invalid('The signature of the frame does not verify.');
  }
  // Only what verifies is remembered, and a second copy may have been verified at the same time.
  if (!reader.seen.add(from, content.atMs, signature, reader.nowMs)) return repeated;
  return accepted({ ...content, sender: sender.value, broughtTicket: attached !== undefined });
}

async function senderOf(
  from: Uint8Array,
  attached: UnverifiedFrame['attached'],
  { nowMs, ticketOf }: FrameReader,
): Promise<Result<Ticket>> {
  const now = Math.floor(nowMs / 1_000);
  const known = ticketOf(from);
  if (known !== undefined && (attached === undefined || equalBytes(known.bytes, attached.ticket))) {
    if (ticketLateness(known.expiry, now) === undefined) return accepted(known);
  }
  if (attached === undefined) return refused('ticket-missing', 'The ticket of the sender is not known here.');
  const ticket = await verifyTicket(attached.ticket, attached.archive, now);
  if (!ticket.ok || equalBytes(ticket.value.node, from)) return ticket;
  return refused('ticket-invalid', 'The ticket is one of another node.');
}

function payloadFlaw(length: number, hasTicket: boolean, wantsTicket: boolean): string | undefined {
  if (length < 0) return 'The frame is cut short.';
  if (length === 0 && !hasTicket && !wantsTicket) return 'The frame says nothing.';
  return length > limits.nodePayloadBytesMax ? 'The message in the frame is too long.' : undefined;
}

/** "holdfast-frame-1" || everything before the signature */
const frameText = (signed: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(encodeUtf8('holdfast-frame-1'), signed);

const invalid = (detail: string): Refusal => refused('frame-invalid', detail);
const repeated = refused('frame-untimely', 'The frame has come before, or is older than what is remembered.');
