/** The text that a command was given: as an argument, or on stdin when the argument is `-` or missing. */
import { decodeUtf8 } from '@holdfast/protocol';
import type { Surroundings } from '../context.js';
import { cliLimits } from '../limits.js';
import { wordAsTyped } from './id-words.js';
import { usageError } from './option-values.js';

export async function readText(argument: string | undefined, { stdin }: Surroundings): Promise<string> {
  if (argument !== undefined && argument !== '-') {
    if (argument.trim() === '') throw usageError('The text is empty.');
    return wordAsTyped(argument);
  }
  if (argument === undefined && stdin.isTTY === true) {
    throw usageError(
      'A text is missing: give it as an argument in quotes, or "-" to type it and end with Ctrl-D.',
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > cliLimits.stdinBytesMax) {
      throw usageError(
        `The text on stdin has more than ${cliLimits.stdinBytesMax / 1024} KiB, which nothing could hold.`,
      );
    }
    chunks.push(bytes);
  }
  const text = decodeUtf8(Buffer.concat(chunks));
  if (text === undefined) throw usageError('What came on stdin is not UTF-8 text.');
  // A file or an echo ends with a line break that is no part of what it says.
  const trimmed = text.replace(/\r?\n$/, '');
  if (trimmed.trim() === '') throw usageError('The text is empty: nothing came on stdin.');
  return trimmed;
}
