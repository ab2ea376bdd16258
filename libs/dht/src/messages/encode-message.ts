/**
 * Messages as bytes (spec/dht.md, "Messages"). A message has one encoding. What the wire has no room for is a mistake of
 * the caller and throws.
 */
import { decodeBase64urlOf, encodeUtf8, type FollowFilter } from '@holdfast/protocol';
import { keyBytes, type Key } from '../keys/key.js';
import { placeKinds, type Place } from '../keys/place.js';
import { dhtLimits } from '../limits.js';
import type { Item, ItemMark, Message, Question, ToldContact } from './message.js';
import { messageBytes } from './message-bytes.js';
import {
  filterBits,
  itemLengthBytes,
  kinds,
  leftBytes,
  linkedBit,
  messageVersion,
  purposes,
  rangeBits,
  refusalCodes,
  timeBytes,
} from './wire.js';

export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const size = messageBytes(message);
  if (size > dhtLimits.messageBytesMax) throw new RangeError(`A message of ${size} bytes is too long.`);
  const writer = new MessageWriter(size);
  writer.number(messageVersion, 1);
  writer.number(kinds.indexOf(message.kind), 1);
  writer.number(message.n, 4);
  writeBody(writer, message);
  return writer.bytes;
}

function writeBody(writer: MessageWriter, message: Message): void {
  switch (message.kind) {
    case 'find':
      writer.key(message.target);
      writer.flag(message.place !== undefined);
      if (message.place !== undefined) writer.place(message.place);
      return;
    case 'found':
      writer.contacts(message.contacts);
      return writer.items(message.items);
    case 'store':
      writer.place(message.place);
      writer.number(message.ring, 1);
      writer.flag(message.cached);
      if (message.leftSeconds === undefined) writer.number(0, leftBytes);
      else writer.left(message.leftSeconds);
      return writer.items(message.items);
    case 'digest':
      writer.key(message.hash);
      return writer.number(message.count, 4);
    case 'same':
      return writer.flag(message.same);
    case 'marks':
      writer.range(message.after, message.upTo);
      return writer.marks(message.marks);
    case 'lacking':
      writer.count(message.wanted.length, dhtLimits.marksPerMessageMax, 2);
      for (const key of message.wanted) writer.key(key);
      writer.count(message.items.length, dhtLimits.itemsPerMessageMax, 1);
      for (const { place, leftSeconds, item } of message.items) {
        writer.place(place);
        writer.left(leftSeconds);
        writer.item(item);
      }
      return;
    case 'flood':
      writer.key(message.flood);
      writer.number(message.budget, 2);
      writer.number(message.depth, 1);
      return writer.question(message.question);
    case 'flooded':
      return writer.items(message.items);
    case 'deliver':
      writer.count(message.bytes.length, dhtLimits.deliverBytesMax, 0);
      writer.number(purposes.indexOf(message.purpose), 1);
      return writer.raw(message.bytes);
    case 'refused':
      return writer.number(refusalCodes.indexOf(message.code), 1);
    default:
      return;
  }
}

class MessageWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #offset = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  number(value: number, size: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** size) {
      throw new RangeError(`${value} is no number of ${size} bytes.`);
    }
    let rest = value;
    for (let i = size - 1; i >= 0; i--) {
      this.bytes[this.#offset + i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#offset += size;
  }

  flag(is: boolean): void {
    this.number(is ? 1 : 0, 1);
  }

  /** How many follow; of no size where the end of the message says it. */
  count(count: number, max: number, size: number): void {
    if (count > max) throw new RangeError(`A message has room for ${max}, not for ${count}.`);
    if (size > 0) this.number(count, size);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  key(key: Key): void {
    this.raw(key.bytes);
  }

  place({ kind, key }: Place): void {
    this.number(placeKinds.indexOf(kind), 1);
    this.key(key);
  }

  item(item: Item): void {
    if (item.length === 0) throw new RangeError('An item is not empty.');
    this.count(item.length, dhtLimits.itemBytesMax, itemLengthBytes);
    for (let i = 0; i < item.length; i++) {
      const code = item.charCodeAt(i);
      if (code < 0x21 || code > 0x7e) throw new RangeError('An item consists of printable ASCII.');
      this.bytes[this.#offset++] = code;
    }
  }

  items(items: readonly Item[]): void {
    this.count(items.length, dhtLimits.itemsPerMessageMax, 1);
    for (const item of items) this.item(item);
  }

  contacts(contacts: readonly ToldContact[]): void {
    this.count(contacts.length, dhtLimits.contactsPerAnswerMax, 1);
    const archives: string[] = [];
    for (const { id, archive, linked } of contacts) {
      this.key(id);
      const known = archives.indexOf(archive);
      this.number((known < 0 ? archives.length : known) + (linked === true ? linkedBit : 0), 1);
      if (known >= 0) continue;
      archives.push(archive);
      this.id(archive);
    }
  }

  /** Seconds: what has none left is not sent. */
  left(seconds: number): void {
    if (seconds === 0) throw new RangeError('Nothing is sent that has no time left.');
    this.number(seconds, leftBytes);
  }

  range(after: Key | undefined, upTo: Key | undefined): void {
    this.number((after === undefined ? 0 : rangeBits.after) + (upTo === undefined ? 0 : rangeBits.upTo), 1);
    for (const bound of [after, upTo]) if (bound !== undefined) this.key(bound);
  }

  marks(marks: readonly ItemMark[]): void {
    this.count(marks.length, dhtLimits.marksPerMessageMax, 2);
    for (const { place, id, iat } of marks) {
      this.place(place);
      if (place.kind !== 'record') this.key(id);
      else if (!id.equals(place.key)) throw new RangeError('The place of a record is its id.');
      this.number(iat, timeBytes);
    }
  }

  question(question: Question): void {
    this.flag('filter' in question);
    if ('place' in question) return this.place(question.place);
    this.filter(question.filter);
    this.number(question.limit, 2);
  }

  private filter(filter: FollowFilter): void {
    const { author, collection, key, topic, since, until, history } = filter;
    this.number(filterBitsOf(filter) + (history === true ? filterBits.historyTrue : 0), 1);
    if (author !== undefined) this.id(author);
    for (const text of [collection, key, topic]) {
      if (text === undefined) continue;
      const bytes = encodeUtf8(text);
      this.number(bytes.length, 2);
      this.raw(bytes);
    }
    for (const time of [since, until]) if (time !== undefined) this.number(time, timeBytes);
  }

  private id(text: string): void {
    const bytes = decodeBase64urlOf(text, keyBytes);
    if (bytes === undefined) throw new RangeError('An id has 32 bytes in base64url.');
    this.raw(bytes);
  }
}

function filterBitsOf(filter: FollowFilter): number {
  let bits = 0;
  for (const member of filterMembers) if (filter[member] !== undefined) bits |= filterBits[member];
  return bits;
}

const filterMembers = ['author', 'collection', 'key', 'topic', 'since', 'until', 'history'] as const;
