/**
 * All that an archive reads of a frame (spec/relay.md, "Frames"): the first 67 bytes. The rest is between the two nodes,
 * and what is here too is believed by the receiver only when the frame's signature holds.
 */
import { limits } from '@holdfast/protocol';

const headBytes = 67;
const version = 1;
const classes = { message: 0, flood: 1 } as const;

export interface FrameHead {
  /** Node ids in base64url. */
  readonly from: string;
  readonly to: string;
  readonly isFlood: boolean;
}

/** Undefined when it is none of this version, or none at all. */
export function readFrameHead(frame: Uint8Array): FrameHead | undefined {
  if (frame.length < limits.nodeFrameBytesMin || frame.length > limits.nodeFrameBytesMax) return undefined;
  const frameClass = frame[1]!;
  if (frame[0] !== version || (frameClass !== classes.message && frameClass !== classes.flood))
    return undefined;
  const head = Buffer.from(frame.buffer, frame.byteOffset, headBytes);
  return {
    from: head.toString('base64url', 3, 35),
    to: head.toString('base64url', 35, headBytes),
    isFlood: frameClass === classes.flood,
  };
}
