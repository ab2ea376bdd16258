/** The secrets that somebody's command has written down in its home, as their text in the files there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './command.js';

/** Private parts of keys (identity, node, mailboxes), and what proves a delivery or takes a crate back. */
const secretMember = /\\*"(?:d|privateKey|secret|ackSecret|recallSecret)\\*":\\*"([\w-]{20,})/g;

export function secretsOf({ home }: Command): readonly string[] {
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(secretMember)].map(([, secret]) => secret!)))];
}
