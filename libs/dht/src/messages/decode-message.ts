/**
 * Messages from bytes (spec/dht.md, "Messages"): strict, so that a message has one encoding, and bounded before anything
 * is made of it. Whatever is unknown, too many, cut short or left over is refused with `message-invalid`.
 */
import {
  accepted,
  checkFilter,
  decodeUtf8,
  encodeBase64url,
  followFilterSchema,
  isAcceptablePublicKey,
  isNumericDate,
  limits,
  refused,
  type FollowFilter,
  type Result,
} from '@holdfast/protocol';
import { Key, keyBytes } from '../keys/key.js';
import { placeKinds, type Place } from '../keys/place.js';
import { dhtLimits } from '../limits.js';
import type { Item, ItemMark, Message, Question, ToldContact } from './message.js';
import {
  filterBits,
  kinds,
  leftBytes,
  linkedBit,
  messageVersion,
  purposes,
  rangeBits,
  refusalCodes,
  timeBytes,
} from './wire.js';

export function decodeMessage(bytes: Uint8Array): Result<Message> {
  try {
    if (bytes.length > dhtLimits.messageBytesMax) throw new Malformed('The message is too long.');
    const reader = new MessageReader(bytes);
    const version = reader.number(1);
    if (version !== messageVersion) throw new Malformed(`Version ${version} is not spoken here.`);
    const kind = reader.oneOf(kinds);
    const message = readBody(reader, kind, reader.number(4));
    reader.end();
    return accepted(message);
  } catch (flaw) {
    if (flaw instanceof Malformed) return refused('message-invalid', flaw.message);
    throw flaw;
  }
}

function readBody(reader: MessageReader, kind: Message['kind'], n: number): Message {
  switch (kind) {
    case 'ping':
    case 'pong':
    case 'stored':
    case 'delivered':
      return { kind, n };
    case 'find': {
      const target = reader.key();
      return reader.flag() ? { kind, n, target, place: reader.place() } : { kind, n, target };
    }
    case 'found':
      return { kind, n, contacts: reader.contacts(), items: reader.items() };
    case 'store': {
      const place = reader.place();
      const ring = reader.number(1);
      if (ring >= dhtLimits.ringsMax) throw new Malformed(`There is no ring ${ring}.`);
      const cached = reader.flag();
      const leftSeconds = reader.number(leftBytes);
      const items = reader.items();
      return leftSeconds === 0
        ? { kind, n, place, ring, cached, items }
        : { kind, n, place, ring, cached, leftSeconds, items };
    }
    case 'digest':
      return { kind, n, hash: reader.key(), count: reader.number(4) };
    case 'same':
      return { kind, n, same: reader.flag() };
    case 'marks':
      return { kind, n, ...reader.range(), marks: reader.marks() };
    case 'lacking': {
      const wanted = reader.list(dhtLimits.marksPerMessageMax, 2, keyBytes, () => reader.key());
      const items = reader.list(dhtLimits.itemsPerMessageMax, 1, keyBytes, () => ({
        place: reader.place(),
        leftSeconds: reader.left(),
        item: reader.item(),
      }));
      return { kind, n, wanted, items };
    }
    case 'flood': {
      const flood = reader.key();
      const budget = reader.number(2);
      const depth = reader.number(1);
      return { kind, n, flood, budget, depth, question: reader.question() };
    }
    case 'flooded':
      return { kind, n, items: reader.items() };
    case 'deliver':
      return { kind, n, purpose: reader.oneOf(purposes), bytes: reader.rest(dhtLimits.deliverBytesMax) };
    case 'refused':
      return { kind, n, code: reader.oneOf(refusalCodes) };
  }
}

class Malformed extends Error {}

const ascii = new TextDecoder('latin1');

class MessageReader {
  #offset = 0;

  constructor(private readonly bytes: Uint8Array) {}

  end(): void {
    if (this.#offset !== this.bytes.length) throw new Malformed('Bytes follow the message.');
  }

  number(size: number): number {
    let value = 0;
    for (const byte of this.#take(size)) value = value * 256 + byte;
    return value;
  }

  flag(): boolean {
    const value = this.number(1);
    if (value > 1) throw new Malformed(`${value} is neither yes nor no.`);
    return value === 1;
  }

  oneOf<T>(values: readonly T[]): T {
    const number = this.number(1);
    const value = values[number];
    if (value === undefined) throw new Malformed(`${number} is unknown here.`);
    return value;
  }

  /** @param leastBytes that each of the list has */
  list<T>(max: number, countBytes: number, leastBytes: number, read: () => T): T[] {
    const count = this.number(countBytes);
    if (count > max) throw new Malformed(`A list of ${count} is longer than ${max}.`);
    if (count * leastBytes > this.bytes.length - this.#offset) throw new Malformed('A list is cut short.');
    return Array.from({ length: count }, read);
  }

  rest(max: number): Uint8Array {
    const length = this.bytes.length - this.#offset;
    if (length > max) throw new Malformed(`What it brings has more than ${max} bytes.`);
    return this.#take(length).slice();
  }

  /** A copy: a key is kept for longer than the message. */
  key(): Key {
    return new Key(this.#take(keyBytes).slice());
  }

  place(): Place {
    return { kind: this.oneOf(placeKinds), key: this.key() };
  }

  item(): Item {
    const length = this.number(3);
    if (length === 0 || length > dhtLimits.itemBytesMax) throw new Malformed(`No item has ${length} bytes.`);
    const bytes = this.#take(length);
    for (const byte of bytes) {
      if (byte < 0x21 || byte > 0x7e) throw new Malformed('An item consists of printable ASCII.');
    }
    return ascii.decode(bytes);
  }

  items(): Item[] {
    return this.list(dhtLimits.itemsPerMessageMax, 1, 3, () => this.item());
  }

  contacts(): ToldContact[] {
    const archives: string[] = [];
    return this.list(dhtLimits.contactsPerAnswerMax, 1, keyBytes + 1, () => {
      const id = this.key();
      const told = this.number(1);
      const archive = this.#archive(told & ~linkedBit, archives);
      return told >= linkedBit ? { id, archive, linked: true } : { id, archive };
    });
  }

  left(): number {
    const seconds = this.number(leftBytes);
    if (seconds === 0) throw new Malformed('An item has no time left.');
    return seconds;
  }

  /** Of the ids after one and up to another, as far as they are there. */
  range(): { after?: Key; upTo?: Key } {
    const bits = this.number(1);
    if (bits > (rangeBits.after | rangeBits.upTo)) throw new Malformed(`${bits} says of no bounds.`);
    return {
      ...((bits & rangeBits.after) === 0 ? {} : { after: this.key() }),
      ...((bits & rangeBits.upTo) === 0 ? {} : { upTo: this.key() }),
    };
  }

  marks(): ItemMark[] {
    return this.list(dhtLimits.marksPerMessageMax, 2, keyBytes, () => {
      const place = this.place();
      const id = place.kind === 'record' ? place.key : this.key();
      return { place, id, iat: this.#time() };
    });
  }

  question(): Question {
    if (!this.flag()) return { place: this.place() };
    const filter = this.#filter();
    const limit = this.number(2);
    if (limit < 1 || limit > limits.queryLimitMax) throw new Malformed(`${limit} is no limit of a query.`);
    return { filter, limit };
  }

  /** One that stands there for the first time, or the number of one that has. */
  #archive(number: number, known: string[]): string {
    if (number < known.length) return known[number]!;
    if (number > known.length) throw new Malformed(`There is no archive ${number}.`);
    const key = this.#take(keyBytes);
    const archive = encodeBase64url(key);
    if (known.includes(archive)) throw new Malformed('An archive stands there twice.');
    if (!isAcceptablePublicKey(key)) throw new Malformed('An archive has no acceptable key.');
    known.push(archive);
    return archive;
  }

  #filter(): FollowFilter {
    const bits = this.number(1);
    const has = (bit: number): boolean => (bits & bit) !== 0;
    if (has(filterBits.historyTrue) && !has(filterBits.history)) throw new Malformed('Without "history".');
    const members: Record<string, unknown> = {};
    if (has(filterBits.author)) members['author'] = encodeBase64url(this.#take(keyBytes));
    for (const member of ['collection', 'key', 'topic'] as const) {
      if (has(filterBits[member])) members[member] = this.#text();
    }
    for (const member of ['since', 'until'] as const) {
      if (has(filterBits[member])) members[member] = this.#time();
    }
    if (has(filterBits.history)) members['history'] = has(filterBits.historyTrue);
    const filter = checkFilter(followFilterSchema, members);
    if (!filter.ok) throw new Malformed(filter.detail);
    return filter.value;
  }

  #text(): string {
    const text = decodeUtf8(this.#take(this.number(2)));
    if (text === undefined) throw new Malformed('A name is not UTF-8.');
    return text;
  }

  #time(): number {
    const time = this.number(timeBytes);
    if (!isNumericDate(time)) throw new Malformed(`${time} is no NumericDate.`);
    return time;
  }

  #take(length: number): Uint8Array {
    if (length > this.bytes.length - this.#offset) throw new Malformed('The message is cut short.');
    this.#offset += length;
    return this.bytes.subarray(this.#offset - length, this.#offset);
  }
}
