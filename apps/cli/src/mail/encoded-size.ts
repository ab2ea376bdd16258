/**
 * How many bytes a text takes inside the JSON of a record, and where to cut it so that it takes no more than it may:
 * never inside a character, and never in a way that JSON.stringify and these counts disagree.
 */
const shortEscapes = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x22, 0x5c]);

/** Text as a record can hold it: no lone surrogates, and no NUL, which PostgreSQL's texts cannot have. */
export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

/** The longest beginning of a well-formed text that takes at most `sizeBytesMax` inside a JSON string. */
export function cutToEncodedSize(text: string, sizeBytesMax: number): string {
  // No character takes more than 6 bytes a code unit: most texts need no closer look.
  if (text.length * 6 <= sizeBytesMax) return text;
  let size = 0;
  let end = 0;
  while (end < text.length) {
    const code = text.codePointAt(end)!;
    size += encodedCharacterBytes(code);
    if (size > sizeBytesMax) return text.slice(0, end);
    end += code > 0xffff ? 2 : 1;
  }
  return text;
}

function encodedCharacterBytes(code: number): number {
  if (shortEscapes.has(code)) return 2;
  if (code < 0x20) return 6;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code > 0xffff ? 4 : 3;
}
