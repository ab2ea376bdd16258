/** How many bytes a message has on the wire, without encoding it: what budgets and simulations count. */
import { encodeUtf8, type FollowFilter } from '@holdfast/protocol';
import { keyBytes, type Key } from '../keys/key.js';
import type { Item, ItemMark, Message, Question, ToldContact } from './message.js';
import { headBytes, itemLengthBytes, leftBytes, placeBytes, timeBytes } from './wire.js';

export function messageBytes(message: Message): number {
  return headBytes + bodyBytes(message);
}

function bodyBytes(message: Message): number {
  switch (message.kind) {
    case 'ping':
    case 'pong':
    case 'stored':
    case 'delivered':
      return 0;
    case 'find':
      return keyBytes + 1 + (message.place === undefined ? 0 : placeBytes);
    case 'found':
      return contactsBytes(message.contacts) + itemsBytes(message.items);
    case 'store':
      return placeBytes + 2 + leftBytes + itemsBytes(message.items);
    case 'digest':
      return keyBytes + 4;
    case 'same':
    case 'refused':
      return 1;
    case 'marks':
      return 1 + keyBytes * boundsOf(message.after, message.upTo) + 2 + marksBytes(message.marks);
    case 'lacking': {
      let bytes = 2 + keyBytes * message.wanted.length + 1;
      for (const { item } of message.items) bytes += placeBytes + leftBytes + itemBytes(item);
      return bytes;
    }
    case 'flood':
      return keyBytes + 3 + questionBytes(message.question);
    case 'flooded':
      return itemsBytes(message.items);
    case 'deliver':
      return 1 + message.bytes.length;
  }
}

/** An item with its length before it. */
export const itemBytes = (item: Item): number => itemLengthBytes + item.length;

function itemsBytes(items: readonly Item[]): number {
  let bytes = 1;
  for (let i = 0; i < items.length; i++) bytes += itemBytes(items[i]!);
  return bytes;
}

/** Every archive stands there once. */
function contactsBytes(contacts: readonly ToldContact[]): number {
  let bytes = 1 + (keyBytes + 1) * contacts.length;
  for (let i = 0; i < contacts.length; i++) {
    let first = 0;
    while (contacts[first]!.archive !== contacts[i]!.archive) first++;
    if (first === i) bytes += keyBytes;
  }
  return bytes;
}

const boundsOf = (after: Key | undefined, upTo: Key | undefined): number =>
  (after === undefined ? 0 : 1) + (upTo === undefined ? 0 : 1);

function marksBytes(marks: readonly ItemMark[]): number {
  let bytes = 0;
  for (let i = 0; i < marks.length; i++) {
    bytes += placeBytes + timeBytes + (marks[i]!.place.kind === 'record' ? 0 : keyBytes);
  }
  return bytes;
}

const questionBytes = (question: Question): number =>
  1 + ('place' in question ? placeBytes : filterBytes(question.filter) + 2);

function filterBytes({ author, collection, key, topic, since, until }: FollowFilter): number {
  let bytes = 1 + (author === undefined ? 0 : keyBytes);
  for (const text of [collection, key, topic]) if (text !== undefined) bytes += 2 + encodeUtf8(text).length;
  return bytes + (since === undefined ? 0 : timeBytes) + (until === undefined ? 0 : timeBytes);
}
