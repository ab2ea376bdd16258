/**
 * Which frames have come (spec/dht.md, "Frames"). Bounded: for each sender the last ones, and the last senders. What may
 * have been forgotten is refused rather than believed: a sender's frames that are not later than one that was forgotten,
 * and those of unknown senders that are not later than the last frame of a sender that was. Only what a sender has dated
 * ahead can be brought twice, after thousands of others have come.
 */
import { encodeBase64url } from '../encoding/base64url.js';
import { limits } from '../limits.js';

interface SenderWindow {
  /** The heads of the signatures, and when they were made; in the order of arrival. */
  readonly frames: Map<number, number>;
  /** Frames not later than this are refused. */
  forgottenMs: number;
  /** The latest of its frames, and when the last one came. */
  newestMs: number;
  arrivedMs: number;
}

export class ReplayWindow {
  /** In the order of their last arrivals. */
  readonly #senders = new Map<string, SenderWindow>();
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly sendersMax: number = limits.replaySendersMax,
    private readonly framesMax: number = limits.replayFramesPerSenderMax,
  ) {}

  /** Whether the frame has come before, or may have. */
  has(from: Uint8Array, atMs: number, signature: Uint8Array): boolean {
    const sender = this.#senders.get(encodeBase64url(from));
    if (sender === undefined) return atMs <= this.#forgottenMs;
    return atMs <= sender.forgottenMs || sender.frames.has(headOf(signature));
  }

  /** Remembers a frame that verifies; false when it has come before, or may have. */
  add(from: Uint8Array, atMs: number, signature: Uint8Array, nowMs: number): boolean {
    if (this.has(from, atMs, signature)) return false;
    const name = encodeBase64url(from);
    const sender = this.#senders.get(name) ?? {
      frames: new Map<number, number>(),
      forgottenMs: this.#forgottenMs,
      newestMs: atMs,
      arrivedMs: nowMs,
    };
    sender.frames.set(headOf(signature), atMs);
    sender.newestMs = Math.max(sender.newestMs, atMs);
    sender.arrivedMs = nowMs;
    if (sender.frames.size > this.framesMax) forgetOldest(sender);
    this.#senders.delete(name);
    this.#senders.set(name, sender);
    this.#forgetSenders(nowMs);
    return true;
  }

  #forgetSenders(nowMs: number): void {
    for (const [name, { arrivedMs, newestMs }] of this.#senders) {
      // What it has sent is out of date by now, even what was dated ahead.
      const isPast = nowMs - arrivedMs > 2_000 * limits.nodeClockSkewSecondsMax;
      if (!isPast && this.#senders.size <= this.sendersMax) return;
      this.#senders.delete(name);
      // Not later than its arrival: who dates frames ahead must not have others' refused.
      if (!isPast) this.#forgottenMs = Math.max(this.#forgottenMs, Math.min(newestMs, arrivedMs));
    }
  }
}

function forgetOldest(sender: SenderWindow): void {
  for (const [head, atMs] of sender.frames) {
    sender.frames.delete(head);
    sender.forgottenMs = Math.max(sender.forgottenMs, atMs);
    return;
  }
}

/** 48 bits of the signature. */
const headOf = (signature: Uint8Array): number => {
  const view = new DataView(signature.buffer, signature.byteOffset, signature.length);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
};
