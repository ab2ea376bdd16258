/** The options that choose records, for query and follow alike. */
import type { Command } from 'commander';
import type { FollowFilter } from '@holdfast/protocol';
import { collectionValue, keyValue, sinceValue, topicValue } from '../arguments/option-values.js';
import { wordAsTyped } from '../arguments/id-words.js';
import { resolveContact } from '../home/contacts.js';
import { requireIdentity } from '../home/identity.js';

export interface FilterFlags {
  readonly author?: string;
  readonly collection?: string;
  readonly key?: string;
  readonly topic?: string;
  readonly since?: number;
  readonly history?: boolean;
}

export interface ListFlags {
  readonly ids?: boolean;
}

export const withFilterOptions = (command: Command): Command =>
  command
    .option('--author <who>', 'by this author: a public key, a contact, or me', wordAsTyped)
    .option('--collection <name>', 'in this collection', collectionValue)
    .option('--key <key>', 'revisions of this key', keyValue)
    .option('--topic <topic>', 'with this topic', topicValue)
    .option('--since <when>', 'dated since then: 30s, 1h, 7d ago, or a date such as 2026-11-23', sinceValue)
    .option('--history', 'also revisions that are not the newest of their key')
    .option('--ids', 'begin each line with the id, for "holdfast get ID"');

export async function filterOf(flags: FilterFlags, home: string): Promise<FollowFilter> {
  const { author, ...others } = flags;
  if (author === undefined) return others;
  const who = author === 'me' ? (await requireIdentity(home)).x : (await resolveContact(home, author)).author;
  return { ...others, author: who };
}
