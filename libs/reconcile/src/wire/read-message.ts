/**
 * Reads a message strictly: every range is checked before it is handed out, and what the reference would not have
 * written is refused, so that no two readers understand a message differently (spec/reconcile.md, "Refusals"). The work
 * is linear in the message's length.
 */
import { ReconcileError } from '../errors.js';
import { limits } from '../limits.js';
import { compareBounds, startBound } from '../order.js';
import type { Bound } from '../storage.js';
import { modes } from './modes.js';
import { isVersionByte } from './version.js';

export type Range =
  | { readonly mode: typeof modes.skip; readonly upper: Bound }
  | { readonly mode: typeof modes.fingerprint; readonly upper: Bound; readonly fingerprint: Uint8Array }
  | { readonly mode: typeof modes.idList; readonly upper: Bound; readonly ids: IdList };

/** The ids of a list in its order, by a text that is as good as the id. */
export type IdList = Map<string, Uint8Array<ArrayBuffer>>;

export const idText = (id: Uint8Array): string => String.fromCharCode(...id);

/** @returns the version byte, which need not be one that is spoken here */
export function versionOf(message: Uint8Array): number {
  if (message.length > limits.messageBytesMax) throw invalid('it is longer than a message may be');
  const version = message[0];
  if (version === undefined) throw invalid('it is empty');
  if (!isVersionByte(version)) throw invalid('it does not begin with a version');
  return version;
}

/** The ranges, in ascending order, each from the bound of the one before it. Throws where the message is invalid. */
export function* rangesOf(message: Uint8Array): Generator<Range, void> {
  const reader = new Reader(message, 1);
  let upper = startBound;
  let endings = 0;
  while (!reader.isAtEnd) {
    const next = reader.bound(upper.time);
    if (next.time === Infinity) {
      // A frame that overflows just when the last range is answered closes with a second, empty one.
      if (++endings > 2) throw invalid('ranges follow the end');
    } else if (compareBounds(next, upper) <= 0) throw invalid('bounds do not ascend');
    upper = next;
    yield reader.payload(upper);
  }
}

class Reader {
  #at: number;

  constructor(
    readonly message: Uint8Array,
    at: number,
  ) {
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.message.length;
  }

  bound(lastTime: number): Bound {
    const encoded = this.#varint();
    const prefixLength = this.#varint();
    if (prefixLength > limits.idSizeBytes) throw invalid('a prefix is longer than an id');
    const prefix = this.#take(prefixLength);
    if (encoded === 0) {
      if (prefixLength > 0) throw invalid('the end has a prefix');
      return { time: Infinity, prefix };
    }
    if (lastTime === Infinity) throw invalid('ranges follow the end');
    // Compared without adding, because the sum could be rounded.
    if (encoded - 1 > limits.timeMax - lastTime) throw invalid('a time is beyond 2^53 - 1');
    return { time: lastTime + (encoded - 1), prefix };
  }

  payload(upper: Bound): Range {
    const mode = this.#varint();
    if (mode === modes.skip) return { mode, upper };
    if (mode === modes.fingerprint)
      return { mode, upper, fingerprint: this.#take(limits.fingerprintSizeBytes) };
    if (mode === modes.idList) return { mode, upper, ids: this.#idList() };
    throw invalid('a range has an unknown mode');
  }

  #idList(): IdList {
    const count = this.#varint();
    if (count > (this.message.length - this.#at) / limits.idSizeBytes) throw invalid('it ends within a list');
    const ids: IdList = new Map();
    for (let index = 0; index < count; index++) {
      const id = this.#take(limits.idSizeBytes);
      ids.set(idText(id), id);
    }
    if (ids.size < count) throw invalid('a list names an id twice');
    return ids;
  }

  /** At most 2^53, which is the gap from the first to the last time, plus one. */
  #varint(): number {
    let value = 0;
    for (let first = true; ; first = false) {
      const byte = this.message[this.#at++];
      if (byte === undefined) throw invalid('it ends within a number');
      if (first && byte === 0x80) throw invalid('a number has more digits than it needs');
      const digit = byte & 127;
      if (value > 2 ** 46 || (value === 2 ** 46 && digit > 0)) throw invalid('a number is beyond 2^53');
      value = value * 128 + digit;
      if (byte < 128) return value;
    }
  }

  /** A copy: what is handed out keeps no message alive. */
  #take(length: number): Uint8Array<ArrayBuffer> {
    if (length === 0) return nothing;
    const end = this.#at + length;
    if (end > this.message.length) throw invalid('it ends within a range');
    const bytes = new Uint8Array(this.message.subarray(this.#at, end));
    this.#at = end;
    return bytes;
  }
}

const nothing = new Uint8Array(0);

const invalid = (reason: string): ReconcileError =>
  new ReconcileError('message-invalid', `The message is invalid: ${reason}.`);
