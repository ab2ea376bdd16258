/**
 * Where the mails of a file are: one for an RFC 822 file, many for an mbox (RFC 4155), told apart by the "From " line
 * that an mbox begins with. Only positions and headers are kept, so that a file of any size needs little memory.
 * A new mail begins at a "From " line with a date that follows an empty line; anything less is a sentence in a body.
 */
import { cliLimits } from '../limits.js';
import { FileView } from './file-view.js';
import { readHeaderFields, type HeaderFields } from './header-fields.js';
import { refusedMail, type MailPlace, type MailRefusal } from './mail-refusal.js';

/** A mail that has been found and not read yet. */
export interface FoundMail extends MailPlace {
  readonly sizeBytes: number;
  readonly isFromMbox: boolean;
  readonly fields: HeaderFields;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const fromLine = Buffer.from('From ');
const separator = Buffer.from('\nFrom ');
/** A separator line that is longer is none. */
const fromLineLengthMax = 512;
const emptyLineLengthMax = 2;

export function* findMails(path: string): Generator<FoundMail | MailRefusal> {
  const file = FileView.open(path);
  try {
    const start = file.read(0, fromLineLengthMax);
    if (!start.subarray(0, fromLine.length).equals(fromLine)) {
      yield describe(file, { file: path, offset: 0, sizeBytes: file.sizeBytes, isFromMbox: false });
      return;
    }
    for (const { offset, sizeBytes } of slicesOf(file)) {
      yield describe(file, { file: path, offset, sizeBytes, isFromMbox: true });
    }
  } finally {
    file.close();
  }
}

/** Reads mails that were found, keeping the file open that the last one was in. */
export class MailReader {
  #path = '';
  #file: FileView | undefined;

  /** The bytes of a mail as they were sent: an mbox's quoting of "From " (mboxrd: one ">" the more) is undone. */
  read(mail: FoundMail): Uint8Array {
    if (this.#file === undefined || this.#path !== mail.file) {
      this.close();
      this.#file = FileView.open(mail.file);
      this.#path = mail.file;
    }
    const bytes = this.#file.read(mail.offset, mail.sizeBytes);
    if (!mail.isFromMbox || !bytes.includes('>From ')) return bytes;
    return Buffer.from(bytes.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1');
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

interface Slice {
  readonly offset: number;
  readonly sizeBytes: number;
}

function* slicesOf(file: FileView): Generator<Slice> {
  let offset = endOfLine(file);
  for (const { mailEnd, lineEnd } of separatorsOf(file)) {
    yield { offset, sizeBytes: Math.max(mailEnd - offset, 0) };
    offset = lineEnd;
  }
  yield { offset, sizeBytes: file.sizeBytes - offset };
}

interface Separator {
  /** Where the mail before it ends, the empty line left out. */
  readonly mailEnd: number;
  readonly lineStart: number;
  readonly lineEnd: number;
}

function* separatorsOf(file: FileView): Generator<Separator> {
  let seenUntil = 0;
  for (let base = 0; base < file.sizeBytes;) {
    const chunk = file.readChunk(base);
    const isLast = base + chunk.length >= file.sizeBytes;
    for (let at = chunk.indexOf(separator); at >= 0; at = chunk.indexOf(separator, at + 1)) {
      // The overlap of the chunks lets a line that lies across their border be seen whole in the next one.
      if (!isLast && at + fromLineLengthMax > chunk.length) break;
      const found = separatorAt(chunk, at, base);
      if (found === undefined || found.lineStart <= seenUntil) continue;
      seenUntil = found.lineStart;
      yield found;
    }
    if (isLast) return;
    base += chunk.length - fromLineLengthMax - emptyLineLengthMax;
  }
}

/** The separator whose line begins after the line break at `at`, when that itself ends an empty line. */
function separatorAt(chunk: Buffer, at: number, base: number): Separator | undefined {
  const isCrlf = chunk[at - 1] === carriageReturn;
  if (chunk[isCrlf ? at - 2 : at - 1] !== newline) return undefined;
  const [line = ''] = chunk.toString('latin1', at + 1, at + 1 + fromLineLengthMax).split('\n', 1);
  if (!isSeparatorLine(line)) return undefined;
  const lineStart = base + at + 1;
  return { mailEnd: lineStart - (isCrlf ? 2 : 1), lineStart, lineEnd: lineStart + line.length + 1 };
}

const isSeparatorLine = (line: string): boolean =>
  line.length < fromLineLengthMax &&
  /\b(?:mon|tue|wed|thu|fri|sat|sun)\b/i.test(line) &&
  /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\b/i.test(line) &&
  /\d:\d\d/.test(line);

/** Where the first line ends, its line break included. */
function endOfLine(file: FileView): number {
  for (let from = 0; from < file.sizeBytes; from += cliLimits.readBytes) {
    const at = file.readChunk(from).indexOf(newline);
    if (at >= 0) return from + at + 1;
  }
  return file.sizeBytes;
}

function describe(file: FileView, slice: Omit<FoundMail, 'fields'>): FoundMail | MailRefusal {
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
function readHeader(file: FileView, { offset, sizeBytes }: Slice): Uint8Array | undefined {
  for (let length = 8 * 1024; ; length *= 4) {
    const wanted = Math.min(length, sizeBytes, cliLimits.mailHeadersBytesMax);
    const bytes = file.read(offset, wanted);
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
