/**
 * Turns what was typed behind an option into a value, or refuses it with a sentence that names the option: commander
 * calls these while it reads the command line.
 */
import { Option } from 'commander';
import {
  HoldfastError,
  decodePublicKey,
  isCollection,
  isRecordId,
  isRecordKey,
  isTopic,
  limits,
  valueOf,
} from '@holdfast/protocol';
import { cliLimits } from '../limits.js';
import { parseDuration } from './duration.js';
import { wordAsTyped } from './id-words.js';

export const usageError = (sentence: string): HoldfastError => new HoldfastError('usage-invalid', sentence);

/** The value when it passes, for `--option VALUE`. */
const checked =
  (what: string, accepts: (text: string) => boolean) =>
  (word: string): string => {
    const text = wordAsTyped(word);
    if (accepts(text)) return text;
    throw usageError(`"${text.slice(0, 80)}" is not ${what}.`);
  };

export const collectionValue = checked(
  `a collection: 1 to ${limits.collectionLengthMax} characters a-z, 0-9, ".", "_" or "-"`,
  isCollection,
);
export const keyValue = checked(
  `a key: 1 to ${limits.keyLengthMax} characters, no control characters`,
  isRecordKey,
);
export const recordIdValue = checked('a record id: 43 characters of base64url', isRecordId);
export const authorValue = checked(
  'an author: a public key, 43 characters of base64url',
  (text) => decodePublicKey(text) !== undefined,
);

const topic = checked(`a topic: 1 to ${limits.topicLengthMax} characters, no control characters`, isTopic);

export const topicValue = (text: string): string => topic(text);

/** `--topic` may stand several times. */
export function topicValues(text: string, earlier: readonly string[] = []): readonly string[] {
  const topics = [...new Set([...earlier, topic(text)])];
  if (topics.length > limits.topicsMax) throw usageError(`A record has at most ${limits.topicsMax} topics.`);
  return topics;
}

const secondsValue = (text: string): number => valueOf(parseDuration(text));

export const timeoutSecondsDefault = 30;

export const optionalTimeout = (what: string): Option =>
  new Option('--timeout <duration>', what).argParser(secondsValue);

export const timeoutOption = (what: string): Option =>
  optionalTimeout(what).default(timeoutSecondsDefault, `${timeoutSecondsDefault}s`);

/** Seconds, 0 for at once. */
export const receiptDelayOption = (): Option =>
  new Option(
    '--receipt-delay <duration>',
    'tell senders after a random time up to this one (default: 2s)',
  ).argParser((text) => {
    const seconds = text === '0' ? 0 : secondsValue(text);
    if (seconds <= cliLimits.receiptDelaySecondsMax) return seconds;
    throw usageError(`"${text.slice(0, 40)}" is longer than receipts may be delayed: at most a day.`);
  });

/** `--since 1h` means an hour ago; a date (2026-11-23, with or without a time) means that moment. */
export function sinceValue(text: string): number {
  if (/^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)) {
    const moment = Date.parse(text);
    if (!Number.isNaN(moment) && moment >= 0) return Math.floor(moment / 1000);
  }
  const ago = parseDuration(text);
  if (!ago.ok) throw usageError(`${ago.detail.replace(/\.$/, '')}, or a date such as 2026-11-23.`);
  return Math.max(0, Math.floor(Date.now() / 1000) - ago.value);
}

export function countValue(text: string): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1_000_000) {
    throw usageError(`"${text.slice(0, 40)}" is not a number from 1 to 1000000.`);
  }
  return count;
}

/** `--copies` */
export function copiesValue(text: string): number {
  const copies = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (copies >= 1 && copies <= cliLimits.archivesMax) return copies;
  throw usageError(`"${text.slice(0, 40)}" is not a number of archives from 1 to ${cliLimits.archivesMax}.`);
}

/** `--expires`, in whole hours: crates expire on the hour. */
export function expiryHoursValue(text: string): number {
  const hours = Math.ceil(secondsValue(text) / 3600);
  if (hours <= limits.crateLifetimeHoursMax) return hours;
  throw usageError(`"${text.slice(0, 40)}" is longer than a message may wait: at most 30d.`);
}

export function archiveUrls(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== '').map(archiveUrl))];
}

export interface ArchiveOption {
  readonly url: string;
  readonly id?: string;
}

/** `--archive`: addresses of archives, each with its id behind a # where its user wants no other one there. */
export function archiveOptions(text: string): readonly ArchiveOption[] {
  const options = new Map<string, ArchiveOption>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [address = '', id] = part.split('#', 2);
    if (id !== undefined && decodePublicKey(id) === undefined) {
      throw usageError(`Behind the # of an archive's URL stands its id, 43 characters of base64url.`);
    }
    const url = archiveUrl(address);
    options.set(url, { url, ...(id === undefined ? {} : { id }) });
  }
  return [...options.values()];
}

function archiveUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || text.length > limits.urlLengthMax) {
    const shown = text.replace(/\/\/.*@/, '//…@').slice(0, 80);
    throw usageError(`"${shown}" is not the URL of an archive, such as http://127.0.0.1:7070.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageError(`An archive's URL has no user, query or fragment: give ${url.origin} alone.`);
  }
  return url.href.replace(/\/$/, '');
}
