/**
 * Where the mails of a file are: one for an RFC 822 file, many for an mbox (RFC 4155), told apart by the "From " line
 * that an mbox begins with. Only positions and headers are kept, so that a file of any size needs little memory.
 * Files are read synchronously: for thousands of small files a promise for each call costs ten times the reading.
 * A new mail begins at a "From " line with a date that follows an empty line; anything less is a sentence in a body.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { cliLimits } from '../limits.js';
import { readHeaderFields, type HeaderFields } from './header-fields.js';
import { refusedMail, type MailPlace, type MailRefusal } from './mail-refusal.js';

/** A mail that has been found and not read yet. */
export interface FoundMail extends MailPlace {
  readonly sizeBytes: number;
  readonly isFromMbox: boolean;
  readonly fields: HeaderFields;
}

const newline = 0x0a;
const fromLine = Buffer.from('From ');
const separator = Buffer.from('\nFrom ');
/** A separator line that is longer is none. */
const fromLineLengthMax = 512;
const emptyLineLengthMax = 2;

export function* findMails(path: string): Generator<FoundMail | MailRefusal> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const start = readAt(file, 0, fromLineLengthMax);
    if (!start.subarray(0, fromLine.length).equals(fromLine)) {
      yield describe(file, { file: path, offset: 0, sizeBytes: size, isFromMbox: false });
      return;
    }
    for (const { offset, sizeBytes } of slicesOf(file, size)) {
      yield describe(file, { file: path, offset, sizeBytes, isFromMbox: true });
    }
  } finally {
    closeSync(file);
  }
}

/** The bytes of a mail as they were sent: an mbox's quoting of "From " (mboxrd: one ">" the more) is undone. */
export function readMail(mail: FoundMail): Uint8Array {
  const file = openSync(mail.file, 'r');
  try {
    const bytes = readAt(file, mail.offset, mail.sizeBytes);
    if (!mail.isFromMbox || !bytes.includes('>From ')) return bytes;
    return Buffer.from(bytes.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1');
  } finally {
    closeSync(file);
  }
}

interface Slice {
  readonly offset: number;
  readonly sizeBytes: number;
}

function* slicesOf(file: number, size: number): Generator<Slice> {
  let lineEnd = endOfLine(file, 0, size);
  let searchFrom = lineEnd - 1;
  while (searchFrom < size) {
    const chunk = readAt(file, searchFrom, cliLimits.readBytes);
    const found = separatorIn(chunk, searchFrom + chunk.length >= size);
    if (found === undefined) {
      // The overlap lets a separator that lies across two chunks be seen whole in the second.
      const step = chunk.length - fromLineLengthMax - emptyLineLengthMax;
      if (step <= 0 || searchFrom + chunk.length >= size) break;
      searchFrom += step;
      continue;
    }
    const blankLine = chunk[found - 1] === 0x0d ? 2 : 1;
    const end = searchFrom + found + 1 - blankLine;
    yield { offset: lineEnd, sizeBytes: Math.max(end - lineEnd, 0) };
    lineEnd = endOfLine(file, searchFrom + found + 1, size);
    searchFrom = lineEnd - 1;
  }
  yield { offset: lineEnd, sizeBytes: size - lineEnd };
}

/** The index of the line break before a separator line, which itself ends an empty line. */
function separatorIn(chunk: Buffer, isLast: boolean): number | undefined {
  for (let at = chunk.indexOf(separator); at >= 0; at = chunk.indexOf(separator, at + 1)) {
    if (!isLast && at + fromLineLengthMax > chunk.length) return undefined;
    const before = chunk[at - 1] === 0x0d ? at - 2 : at - 1;
    if (chunk[before] !== newline) continue;
    const line = chunk.toString('latin1', at + 1, at + 1 + fromLineLengthMax).split('\n', 1)[0]!;
    if (isSeparatorLine(line)) return at;
  }
  return undefined;
}

const isSeparatorLine = (line: string): boolean =>
  line.length < fromLineLengthMax &&
  /\b(?:mon|tue|wed|thu|fri|sat|sun)\b/i.test(line) &&
  /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\b/i.test(line) &&
  /\d:\d\d/.test(line);

/** Where the line that begins at `offset` ends, its line break included. */
function endOfLine(file: number, offset: number, size: number): number {
  for (let from = offset; from < size; from += cliLimits.readBytes) {
    const at = readAt(file, from, cliLimits.readBytes).indexOf(newline);
    if (at >= 0) return from + at + 1;
  }
  return size;
}

function describe(file: number, slice: Omit<FoundMail, 'fields'>): FoundMail | MailRefusal {
  if (slice.sizeBytes === 0) return notAMail(slice, 'It is empty.');
  const header = readHeader(file, slice);
  const fields = readHeaderFields(header ?? new Uint8Array());
  if (header !== undefined && fields === undefined) {
    const detail = 'It has no header field of a mail, such as From, Date or Subject.';
    return notAMail(slice, detail);
  }
  if (slice.sizeBytes > cliLimits.mailSizeBytesMax) {
    const MiB = cliLimits.mailSizeBytesMax / 1024 ** 2;
    return refusedMail(
      slice,
      'mail-too-large',
      `A mail may have ${MiB} MiB; this one has ${slice.sizeBytes} bytes.`,
    );
  }
  if (fields === undefined) {
    const KiB = cliLimits.mailHeadersBytesMax / 1024;
    return refusedMail(slice, 'mail-unparseable', `Its header does not end within ${KiB} KiB.`);
  }
  return { ...slice, fields };
}

/** In a mbox it is a broken mail, but a file of its own may be anything. */
const notAMail = (slice: Omit<FoundMail, 'fields'>, detail: string): MailRefusal => ({
  ...refusedMail(slice, 'mail-unparseable', detail),
  ...(slice.isFromMbox ? {} : { isNoMail: true }),
});

/** The header up to the empty line (or the end), or undefined when it is longer than is allowed. */
function readHeader(file: number, { offset, sizeBytes }: Slice): Uint8Array | undefined {
  for (let length = 8 * 1024; ; length *= 4) {
    const wanted = Math.min(length, sizeBytes, cliLimits.mailHeadersBytesMax);
    const bytes = readAt(file, offset, wanted);
    const end = endOfHeader(bytes);
    if (end !== undefined) return bytes.subarray(0, end);
    if (bytes.length < wanted || wanted === sizeBytes) return bytes;
    if (wanted === cliLimits.mailHeadersBytesMax) return undefined;
  }
}

function endOfHeader(bytes: Buffer): number | undefined {
  const ends = ['\n\n', '\n\r\n'].map((mark) => bytes.indexOf(mark)).filter((at) => at >= 0);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function readAt(file: number, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const bytesRead = readSync(file, buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
