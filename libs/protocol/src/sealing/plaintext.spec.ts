import { describe, expect, it } from '@jest/globals';
import { valueOf } from '../errors/result.js';
import { limits } from '../limits.js';
import { padPlaintext, readPlaintext } from './plaintext.js';

const associatedDataSize = 144;
const secret = new Uint8Array(32).fill(7);
/** An envelope but its ciphertext: 144 before enc, 1123 of enc, 3 or 5 for the ciphertext's length. */
const roomOf = (sizeBytes: number) => sizeBytes - 144 - 1123 - (sizeBytes > 65_536 ? 5 : 3) - 16 - 36;
const messageOf = (length: number) => new Uint8Array(length).fill(0x61);

describe('a padded plaintext', () => {
  it.each([...limits.crateSizesBytes])(
    'fills %i bytes from the first message to the last that fits',
    (sizeBytes) => {
      const room = roomOf(sizeBytes);
      const smaller = limits.crateSizesBytes[limits.crateSizesBytes.indexOf(sizeBytes) - 1];
      const shortest = smaller === undefined ? 0 : roomOf(smaller) + 1;
      for (const length of [shortest, room - 1, room]) {
        expect(padPlaintext(secret, messageOf(length), associatedDataSize).length).toBe(room + 36);
      }
    },
  );

  it('is refused beyond the largest size', () => {
    const room = roomOf(limits.crateSizesBytes.at(-1)!);
    expect(() => padPlaintext(secret, messageOf(room + 1), associatedDataSize)).toThrow(
      expect.objectContaining({
        code: 'message-too-large',
        data: { sizeBytes: room + 1, sizeBytesMax: room },
      }),
    );
  });

  it('is read as it was made', () => {
    const message = messageOf(500);
    const read = valueOf(readPlaintext(padPlaintext(secret, message, associatedDataSize)));
    expect(read).toEqual({ ackSecret: secret, message });
  });

  it('is refused when it is shorter than its fixed part', () => {
    for (const length of [0, 31, 35]) {
      expect(readPlaintext(new Uint8Array(length))).toMatchObject({ code: 'crate-content-invalid' });
    }
    expect(readPlaintext(new Uint8Array(36)).ok).toBe(true);
  });
});
