/**
 * The lines of a journal: a checksum and one JSON entry each. A line is applied whole or not at all, so an entry is
 * an atomic batch. Whatever a killed process has left half-written fails its checksum and is passed over; every
 * append begins with a line end, so that it cannot be glued to such a rest.
 */
import { crc32 } from 'node:zlib';

/** Sets a key (`[key, value]`) or deletes it (`[key]`). */
export type JournalChange = readonly [key: string, value: string] | readonly [key: string];

export interface JournalEntry {
  /** Names the append, so that its author finds out what became of it. */
  readonly by?: string;
  readonly changes?: readonly JournalChange[];
  /** The entry only counts if these keys were last changed by the lines at these offsets (0: the key is not there). */
  readonly expects?: readonly (readonly [key: string, offset: number])[];
  /** Nothing after this entry counts: the journal goes on in the next generation, with nothing but what is present. */
  readonly seal?: true;
}

export interface JournalLine {
  readonly entry: JournalEntry;
  /** Where the line begins in the file, and how long it is without its line end; bytes. */
  readonly offset: number;
  readonly length: number;
}

const lineEnd = 0x0a;
const space = 0x20;
const checksumLength = 8;

/** What is appended for these entries: one write. */
export function encodeLines(entries: readonly JournalEntry[]): Buffer {
  return Buffer.from(`\n${entries.map((entry) => encodeLine(JSON.stringify(entry))).join('\n')}\n`, 'utf8');
}

/**
 * The intact lines of a piece of a journal that begins at `start`, and how many bytes of it are done with: a last line
 * without its end may still be growing.
 */
export function decodeLines(bytes: Buffer, start: number): { lines: JournalLine[]; consumed: number } {
  const lines: JournalLine[] = [];
  let from = 0;
  for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, from)) {
    const entry = decodeLine(bytes.subarray(from, end));
    if (entry !== undefined) lines.push({ entry, offset: start + from, length: end - from });
    from = end + 1;
  }
  return { lines, consumed: from };
}

/** The entry of one line without its line end; undefined when it is not intact. */
export function decodeLine(line: Buffer): JournalEntry | undefined {
  if (line.length <= checksumLength + 1 || line[checksumLength] !== space) return undefined;
  const json = line.subarray(checksumLength + 1);
  if (line.toString('latin1', 0, checksumLength) !== checksumOf(json)) return undefined;
  return JSON.parse(json.toString('utf8')) as JournalEntry;
}

function encodeLine(json: string): string {
  return `${checksumOf(Buffer.from(json, 'utf8'))} ${json}`;
}

const checksumOf = (bytes: Buffer): string => crc32(bytes).toString(16).padStart(checksumLength, '0');
