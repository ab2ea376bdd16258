/**
 * The three steps of reconciliation (spec/reconcile.md): one side initiates and learns what differs, the other only
 * answers. Each step is a function of a set and a message; nothing is kept between messages. Where the protocol leaves
 * a choice, it is the reference's, so that messages are the same byte for byte.
 */
import { ReconcileError } from './errors.js';
import { fingerprintOf } from './fingerprint.js';
import { limits } from './limits.js';
import { boundBetween, endBound } from './order.js';
import type { Bound, SetStorage } from './storage.js';
import { MessageWriter } from './wire/message-writer.js';
import { modes } from './wire/modes.js';
import { idText, rangesOf, versionOf, type IdList } from './wire/read-message.js';
import { versionByte } from './wire/version.js';

export interface ReconcileBounds {
  /** No message is longer; at least 4,096. Without it a message is as long as the difference makes it. */
  readonly frameBytesMax?: number;
}

/** What an initiator may ask for beside; with neither its messages are the reference's, byte for byte. */
export interface InitiatorBounds extends ReconcileBounds {
  /**
   * When naming at most so many ids more than the reference would makes the answer to this message the last one, they
   * are named: a round is saved at 32 bytes an id. None without it.
   */
  readonly finalIdsMax?: number;
  /**
   * Of its own set an initiator reads at most so many items a message. Where a list would ask for more, `have` says
   * nothing about the range, and `need` has every id of the list, those too that are held.
   */
  readonly itemsReadMax?: number;
}

export interface Difference {
  /** What the other side is asked next; nothing is left to ask without it. */
  readonly message?: Uint8Array<ArrayBuffer>;
  /** Ids that the other side lacks. Under a frame limit the same id may come again later, here and in `need`. */
  readonly have: readonly Uint8Array[];
  /** Ids that only the other side has. */
  readonly need: readonly Uint8Array[];
}

/** The first message, of the side that will learn the difference. */
export function initiate(storage: SetStorage, bounds: ReconcileBounds = {}): Uint8Array<ArrayBuffer> {
  frameLimitOf(bounds);
  const writer = new MessageWriter();
  writeSplit(writer, storage, 0, storage.size, endBound);
  return writer.toBytes();
}

/** The answer to a message of the initiator: to a version that is not spoken here, the one that is. */
export function respond(
  storage: SetStorage,
  message: Uint8Array,
  bounds: ReconcileBounds = {},
): Uint8Array<ArrayBuffer> {
  frameLimitOf(bounds);
  if (versionOf(message) !== versionByte) return Uint8Array.of(versionByte);
  return new Step(storage, bounds).take(message).writer.toBytes();
}

/** What an answer tells the initiator, and its next message. */
export function reconcile(
  storage: SetStorage,
  message: Uint8Array,
  bounds: InitiatorBounds = {},
): Difference {
  const version = versionOf(message);
  if (version !== versionByte) {
    throw new ReconcileError('version-unsupported', `The other side speaks version ${version - 0x60} only.`);
  }
  const { finalIdsMax = 0, ...others } = bounds;
  const attempt =
    finalIdsMax > 0 ? new Step(storage, others, noDifference(), finalIdsMax).take(message) : undefined;
  const step = attempt?.isFull === false ? attempt : new Step(storage, others, noDifference()).take(message);
  const { writer, learned } = step;
  return { ...learned!, ...(writer.hasRanges ? { message: writer.toBytes() } : {}) };
}

interface Learned {
  readonly have: Uint8Array[];
  readonly need: Uint8Array[];
}

const noDifference = (): Learned => ({ have: [], need: [] });

/** One message read, and the next one written. */
class Step {
  readonly writer = new MessageWriter();
  /** Not everything that is left to say was said. */
  isFull = false;
  readonly #frameLimit: number;
  #itemsToRead: number;
  #finalIds: number | undefined;
  /** The place up to which ranges were written. */
  #written = 0;
  /** Up to here nothing is left to say: one Skip, once something follows. */
  #skipTo: Bound | undefined;

  /**
   * @param learned where an initiator notes what it learns; the side that only answers has none
   * @param finalIds how many ids may be named in the place of fingerprints; undefined where fingerprints are fine
   */
  constructor(
    readonly storage: SetStorage,
    bounds: Omit<InitiatorBounds, 'finalIdsMax'>,
    readonly learned?: Learned,
    finalIds?: number,
  ) {
    this.#frameLimit = frameLimitOf(bounds);
    this.#itemsToRead = bounds.itemsReadMax ?? Infinity;
    this.#finalIds = finalIds;
  }

  take(message: Uint8Array): this {
    let begin = 0;
    /** The bound that `begin` has not been moved to yet. */
    let lower: Bound | undefined;
    for (const range of rangesOf(message)) {
      // What does not fit into the answer is left for later, but has to be valid all the same.
      if (this.isFull) continue;
      const { upper } = range;
      if (range.mode === modes.skip) lower = this.#skipTo = upper;
      else {
        // Places are looked up for what is answered only: a message has room for a great many Skips.
        if (lower !== undefined) begin = this.#placeOf(lower, begin);
        lower = undefined;
        const end = this.#placeOf(upper, begin);
        if (range.mode === modes.fingerprint) this.#compare(begin, end, upper, range.fingerprint);
        else if (this.learned !== undefined) this.#learn(this.learned, begin, end, upper, range.ids);
        else this.#tell(begin, end, upper);
        begin = end;
      }
    }
    return this;
  }

  #placeOf(bound: Bound, begin: number): number {
    const { storage } = this;
    return bound.time === Infinity ? storage.size : storage.lowerBound(begin, storage.size, bound);
  }

  #compare(begin: number, end: number, upper: Bound, theirs: Uint8Array): void {
    if (isSame(theirs, fingerprintOfRange(this.storage, begin, end))) {
      this.#skipTo = upper;
      return;
    }
    const lengthBefore = this.writer.length;
    const namesIds = this.#finalIds !== undefined && end - begin >= limits.itemsForBucketsMin;
    if (namesIds && (this.#finalIds! -= end - begin) < 0) {
      this.isFull = true;
      return;
    }
    this.#writeSkip();
    if (namesIds) writeIdList(this.writer, this.storage, begin, end, upper);
    else writeSplit(this.writer, this.storage, begin, end, upper);
    if (!this.#overflows(this.writer.length)) {
      this.#written = end;
      return;
    }
    this.writer.cutBackTo(lengthBefore);
    // The reference sums up from the end of the range that did not fit, so that the other side finds a difference. When
    // it has nothing there itself it would find none, and the range would be lost: then the sum is the honest one.
    this.#close(isSame(theirs, emptyFingerprint) ? this.#written : end);
  }

  #learn({ have, need }: Learned, begin: number, end: number, upper: Bound, theirs: IdList): void {
    if (end - begin <= this.#itemsToRead) {
      this.#itemsToRead -= end - begin;
      for (const { id } of this.storage.items(begin, end)) {
        if (!theirs.delete(idText(id))) have.push(id);
      }
    }
    for (const id of theirs.values()) need.push(id);
    this.#skipTo = upper;
  }

  /** Names all the ids of the range, or as many as there is room for. */
  #tell(begin: number, end: number, upper: Bound): void {
    const room = this.#frameLimit - limits.frameSlackBytes - this.writer.length;
    const told = Math.min(end, begin + Math.floor(room / limits.idSizeBytes) + 1);
    this.#writeSkip();
    writeIdList(this.writer, this.storage, begin, told, told === end ? upper : boundAt(this.storage, told));
    this.#written = told;
    if (this.#overflows(this.writer.length)) this.#close(told);
  }

  #writeSkip(): void {
    if (this.#skipTo !== undefined) this.writer.skip(this.#skipTo);
    this.#skipTo = undefined;
  }

  #overflows(length: number): boolean {
    return length > this.#frameLimit - limits.frameSlackBytes;
  }

  #close(from: number): void {
    this.writer.fingerprint(endBound, fingerprintOfRange(this.storage, from, this.storage.size));
    this.isFull = true;
  }
}

/** A range by the ids of its few items, or by the fingerprints of its parts. */
function writeSplit(
  writer: MessageWriter,
  storage: SetStorage,
  begin: number,
  end: number,
  upper: Bound,
): void {
  const count = end - begin;
  if (count < limits.itemsForBucketsMin) {
    writeIdList(writer, storage, begin, end, upper);
    return;
  }
  const least = Math.floor(count / limits.buckets);
  const bucketsWithOneMore = count % limits.buckets;
  let from = begin;
  for (let bucket = 0; bucket < limits.buckets; bucket++) {
    const to = from + least + (bucket < bucketsWithOneMore ? 1 : 0);
    const bound = to === end ? upper : boundBetween(storage.itemAt(to - 1), storage.itemAt(to));
    writer.fingerprint(bound, fingerprintOfRange(storage, from, to));
    from = to;
  }
}

function writeIdList(
  writer: MessageWriter,
  storage: SetStorage,
  begin: number,
  end: number,
  upper: Bound,
): void {
  const ids = new Uint8Array((end - begin) * limits.idSizeBytes);
  let at = 0;
  for (const { id } of storage.items(begin, end)) {
    ids.set(id, at);
    at += limits.idSizeBytes;
  }
  writer.idList(upper, end - begin, ids);
}

function fingerprintOfRange(storage: SetStorage, begin: number, end: number): Uint8Array {
  if (begin === end) return emptyFingerprint;
  const { sum, count } = storage.sum(begin, end);
  return fingerprintOf(sum, count);
}

function boundAt(storage: SetStorage, place: number): Bound {
  const { time, id } = storage.itemAt(place);
  return { time, prefix: id };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at]);
}

function frameLimitOf({ frameBytesMax = Infinity }: ReconcileBounds): number {
  if (frameBytesMax >= limits.frameBytesMin) return frameBytesMax;
  throw new RangeError(`A frame limit is at least ${limits.frameBytesMin} bytes.`);
}

const emptyFingerprint = fingerprintOf(new Uint8Array(limits.idSizeBytes), 0);
