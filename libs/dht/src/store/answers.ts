/** What is held that answers a question. Being asked for is being read. */
import { matchesFilter, type FollowFilter } from '@holdfast/protocol';
import type { Item, Question } from '../messages/message.js';
import type { Held } from './held.js';
import type { ItemStore } from './item-store.js';

export function answersTo(question: Question, store: ItemStore): Item[] {
  if ('place' in question) return store.read(question.place).map(({ item }) => item.item);
  const items = new Set<Item>();
  const matching: Held[] = [];
  for (const held of store.all()) {
    if (items.size >= question.limit) break;
    if (!matches(question.filter, held) || items.has(held.item.item)) continue;
    items.add(held.item.item);
    matching.push(held);
  }
  for (const held of matching) store.touch(held);
  return [...items];
}

const matches = (filter: FollowFilter, { item: { record, iat } }: Held): boolean =>
  record !== undefined && matchesFilter(filter, { ...record, iat });
