/**
 * All that an archive reads of a frame (spec/relay.md, "Frames"): the first 67 bytes. The rest is between the two nodes,
 * and what is here too is believed by the receiver only when the frame's signature holds.
 */
const headBytes = 67;
const headLength = Math.ceil((headBytes * 4) / 3);
const version = 1;
const classes = { message: 0, flood: 1 } as const;

export interface FrameHead {
  /** Node ids in base64url. */
  readonly from: string;
  readonly to: string;
  readonly isFlood: boolean;
}

/** @param frame in base64url, at least as long as the head; undefined when it is none of this version */
export function readFrameHead(frame: string): FrameHead | undefined {
  const head = Buffer.from(frame.slice(0, headLength + 2), 'base64url');
  const frameClass = head[1]!;
  if (head[0] !== version || (frameClass !== classes.message && frameClass !== classes.flood))
    return undefined;
  return {
    from: head.toString('base64url', 3, 35),
    to: head.toString('base64url', 35, headBytes),
    isFlood: frameClass === classes.flood,
  };
}

/** Of a frame of so many characters in base64url. */
export const bytesOfFrame = (length: number): number => (length * 3) >> 2;
