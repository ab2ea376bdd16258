/** What messages weigh in their binary form: names of 32 bytes, items as they are, and a few bytes around. */
import type { Message } from '@holdfast/dht';

const keyBytes = 32;
const headBytes = 6;

export function messageBytes(message: Message): number {
  switch (message.kind) {
    case 'find':
      return headBytes + keyBytes + (message.place === undefined ? 0 : 1 + keyBytes);
    case 'found':
      return headBytes + message.contacts.length * (2 * keyBytes + 1) + bytesOfItems(message.items);
    case 'store':
      return headBytes + keyBytes + 8 + bytesOfItems(message.items);
    case 'digest':
      return headBytes + keyBytes + 4;
    case 'marks':
      return headBytes + message.marks.length * (2 * keyBytes + 7);
    case 'lacking':
      return (
        headBytes +
        message.wanted.length * keyBytes +
        message.items.reduce((sum, { item }) => sum + item.length + keyBytes + 8, 0)
      );
    case 'flood':
      return headBytes + 2 * keyBytes + 8;
    case 'flooded':
      return headBytes + bytesOfItems(message.items);
    case 'deliver':
      return headBytes + message.bytes.length + 4;
    default:
      return headBytes;
  }
}

const bytesOfItems = (items: readonly string[]): number =>
  items.reduce((sum, item) => sum + item.length + 3, 0);
