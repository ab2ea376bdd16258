/**
 * What goes over `WS /v1/ws` as a binary message (spec/relay.md, "Frames"): a node's frame on its way to the archive
 * that relays it, and on its way from there to another node. Both have one layout, and the frame itself is not looked
 * into: whom it is from and for stands in it.
 */
import { accepted, refused, type Result } from '../errors/result.js';
import { limits } from '../limits.js';
import type { FrameRefusal } from './requests.js';

const kind = 1;
const archiveAt = 5;
const headBytes = 37;

export interface RelayedFrame {
  /** From a client: the number of this one-way request. To a client: of the join that it belongs to. */
  readonly n: number;
  /** The id of an archive, 32 bytes. From a client: of the node that the frame is for. To a client: of its sender. */
  readonly archive: Uint8Array;
  readonly frame: Uint8Array;
}

/** @throws RangeError for what could not be parsed */
export function encodeRelayedFrame({ n, archive, frame }: RelayedFrame): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(headBytes + frame.length);
  message[0] = kind;
  new DataView(message.buffer).setUint32(1, n);
  if (archive.length !== headBytes - archiveAt || numberOf(message) !== n || !isWhole(message)) {
    throw new RangeError(layout);
  }
  message.set(archive, archiveAt);
  message.set(frame, headBytes);
  return message;
}

/** The byte strings of the answer are views of the message. A refusal has the number where that could be read. */
export function parseRelayedFrame(message: Uint8Array): Result<RelayedFrame> | FrameRefusal {
  const n = numberOf(message);
  if (n === undefined) return refused('request-malformed', layout);
  if (!isWhole(message)) return { ...refused('request-malformed', layout), n };
  return accepted({
    n,
    archive: message.subarray(archiveAt, headBytes),
    frame: message.subarray(headBytes),
  });
}

function numberOf(message: Uint8Array): number | undefined {
  if (message.length < archiveAt || message[0] !== kind) return undefined;
  const n = new DataView(message.buffer, message.byteOffset).getUint32(1);
  return n === 0 ? undefined : n;
}

const isWhole = ({ length }: Uint8Array): boolean =>
  length >= headBytes + limits.nodeFrameBytesMin && length <= headBytes + limits.nodeFrameBytesMax;

const layout = `A binary message is a 1, a number of 4 bytes, an archive of 32, and a frame of ${limits.nodeFrameBytesMin} to ${limits.nodeFrameBytesMax}.`;
