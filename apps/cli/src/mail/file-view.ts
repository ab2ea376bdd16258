/**
 * A file that is read from beginning to end in chunks, with small pieces in between, which the last chunk mostly has.
 * Reading is synchronous: for thousands of small files a promise for each call costs ten times the reading.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { cliLimits } from '../limits.js';

export class FileView {
  #chunk: Buffer = Buffer.alloc(0);
  #chunkOffset = 0;

  private constructor(
    private readonly file: number,
    readonly sizeBytes: number,
  ) {}

  static open(path: string): FileView {
    const file = openSync(path, 'r');
    return new FileView(file, fstatSync(file).size);
  }

  /** The bytes from there, as many as are read at a time; kept for `read`. Empty at the end of the file. */
  readChunk(offset: number): Buffer {
    this.#chunk = this.#readFile(offset, cliLimits.readBytes);
    this.#chunkOffset = offset;
    return this.#chunk;
  }

  /** Fewer bytes only at the end of the file. */
  read(offset: number, lengthMax: number): Buffer {
    const start = offset - this.#chunkOffset;
    const isInChunk = start >= 0 && start + lengthMax <= this.#chunk.length;
    return isInChunk ? this.#chunk.subarray(start, start + lengthMax) : this.#readFile(offset, lengthMax);
  }

  close(): void {
    closeSync(this.file);
  }

  #readFile(offset: number, lengthMax: number): Buffer {
    const length = Math.max(Math.min(lengthMax, this.sizeBytes - offset), 0);
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const bytesRead = readSync(this.file, buffer, filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }
}
