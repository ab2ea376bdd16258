/** The open journal of a file storage: its file, how far it has been read, and what that adds up to. */
import type { FileHandle } from 'node:fs/promises';
import { HoldfastError } from '@holdfast/protocol/core';
import { limits } from '../../limits.js';
import { createGeneration, openNewestJournal } from './journal-folder.js';
import { JournalIndex, type LineFate } from './journal-index.js';
import {
  decodeLine,
  decodeLines,
  encodeLines,
  type JournalEntry,
  type JournalLine,
} from './journal-lines.js';

const readBytes = 256 * 1024;
const snapshotLineBytes = 64 * 1024;

export class Journal {
  #index = new JournalIndex();
  #readTo = 0;

  private constructor(
    private readonly folder: string,
    private open: { readonly generation: number; readonly file: FileHandle },
  ) {}

  static async open(folder: string): Promise<Journal> {
    const journal = new Journal(folder, await openNewestJournal(folder));
    await journal.refresh();
    return journal;
  }

  get generation(): number {
    return this.open.generation;
  }

  get index(): JournalIndex {
    return this.#index;
  }

  /** Writes the entries behind everything else, and waits until they are on disk. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    const bytes = encodeLines(entries);
    const { bytesWritten } = await this.open.file.write(bytes);
    if (bytesWritten !== bytes.length) {
      throw new HoldfastError('storage-failed', 'The disk took only a part of what was written.');
    }
    await this.sync();
  }

  sync(): Promise<void> {
    return this.open.file.datasync();
  }

  /** Reads what has been appended since, here or by others, and tells what became of each entry. */
  async refresh(observe: (line: JournalLine, fate: LineFate) => void = () => undefined): Promise<void> {
    for (;;) {
      await this.#readOn(observe);
      if (!this.#index.sealed) return;
      await this.#nextGeneration();
    }
  }

  /** The value of a key as of the last refresh. */
  async read(key: string): Promise<string | undefined> {
    const place = this.#index.get(key);
    if (place === undefined || place.inline !== undefined) return place?.inline;
    const line = Buffer.alloc(place.length);
    await readFully(this.open.file, line, place.offset);
    const value = decodeLine(line)?.changes?.[place.change]?.[1];
    if (value === undefined)
      throw new HoldfastError('storage-failed', 'The journal has been changed from outside.');
    return value;
  }

  /** Begins a new generation when most of this one is history. */
  async compactIfDue(): Promise<void> {
    const due = Math.max(limits.journalCompactBytesMin, this.#index.liveBytes * limits.journalCompactRatio);
    if (this.#readTo < due) return;
    await this.append([{ seal: true }]);
    await this.refresh();
  }

  async close(): Promise<void> {
    await this.open.file.close();
  }

  async #readOn(observe: (line: JournalLine, fate: LineFate) => void): Promise<void> {
    let piece = Buffer.alloc(readBytes);
    while (!this.#index.sealed) {
      const { bytesRead } = await this.open.file.read(piece, 0, piece.length, this.#readTo);
      const { lines, consumed } = decodeLines(piece.subarray(0, bytesRead), this.#readTo);
      for (const line of lines) {
        observe(line, this.#index.apply(line));
        if (this.#index.sealed) return;
      }
      this.#readTo += consumed;
      if (bytesRead < piece.length) return;
      // A line longer than the piece: try again with more room.
      if (consumed === 0) piece = Buffer.alloc(piece.length * 2);
    }
  }

  /** The journal is sealed: whoever notices first writes what it adds up to as the next generation. */
  async #nextGeneration(): Promise<void> {
    await createGeneration(this.folder, this.generation + 1, (file) => this.#writeSnapshot(file));
    const next = await openNewestJournal(this.folder);
    await this.open.file.close();
    this.open = next;
    this.#index = new JournalIndex();
    this.#readTo = 0;
  }

  async #writeSnapshot(file: FileHandle): Promise<void> {
    let changes: [string, string][] = [];
    let bytes = 0;
    const writeLine = async (): Promise<void> => {
      await file.appendFile(encodeLines([{ changes }]));
      changes = [];
      bytes = 0;
    };
    for (const key of this.#index.keys()) {
      const value = (await this.read(key))!;
      changes.push([key, value]);
      bytes += key.length + value.length;
      if (bytes >= snapshotLineBytes) await writeLine();
    }
    if (changes.length > 0) await writeLine();
  }
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new HoldfastError('storage-failed', 'The journal has become shorter.');
    done += bytesRead;
  }
}
