import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeBase64url } from '../encoding/base64url.js';
import { isErrorCode } from '../errors/codes.js';
import { valueOf } from '../errors/result.js';
import { limits } from '../limits.js';
import { sealRaw } from '../vectors/generate/raw-crate.js';
import { alice } from '../vectors/people.js';
import {
  ciphertextSizeFor,
  encodeEnvelope,
  encodeEnvelopeHead,
  encSizeBytes,
  parseEnvelope,
  type EnvelopeHead,
} from './envelope.js';

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>;

const heads: fc.Arbitrary<EnvelopeHead> = fc.record({
  mailbox: fc.constant(alice.x),
  expiryHour: fc.oneof(fc.nat({ max: 70_000 }), fc.integer({ min: 0, max: 0xffffffff })),
  nonce: bytes(32),
  ackHash: bytes(32),
  recallHash: bytes(32),
});

describe('an envelope', () => {
  it('is read as it was written, whatever is in it and of whichever size', () => {
    fc.assert(
      fc.property(
        heads,
        bytes(encSizeBytes),
        fc.constantFrom(...limits.crateSizesBytes),
        fc.nat(255),
        (head, enc, size, fill) => {
          const associatedData = encodeEnvelopeHead(head);
          const ciphertext = new Uint8Array(ciphertextSizeFor(size, associatedData.length)).fill(fill);
          const written = encodeEnvelope(associatedData, enc, ciphertext);
          expect(written.length).toBe(size);
          const read = valueOf(parseEnvelope(written));
          expect(Buffer.compare(read.ciphertext, ciphertext)).toBe(0);
          expect({ ...read, ciphertext: null }).toEqual({
            version: 1,
            suite: 1,
            ...head,
            enc,
            ciphertext: null,
            associatedData,
          });
          expect(encodeEnvelopeHead(read)).toEqual(associatedData);
        },
      ),
    );
  });

  it('of a Buffer inside a larger one is read from where it begins', async () => {
    const envelope = await sealRaw();
    const pool = Buffer.concat([Buffer.alloc(5, 0xff), envelope, Buffer.alloc(9)]);
    const read = valueOf(parseEnvelope(pool.subarray(5, 5 + envelope.length)));
    expect(read).toEqual(valueOf(parseEnvelope(envelope)));
  });

  it('cut short anywhere is refused', async () => {
    const envelope = await sealRaw();
    for (let length = 0; length < envelope.length; length++) {
      expect(parseEnvelope(envelope.subarray(0, length))).toMatchObject({
        ok: false,
        code: 'crate-size-invalid',
      });
      // Brought to size again, the members end in the wrong place; from there on the ciphertext is any bytes.
      if (length <= 1267) {
        const padded = new Uint8Array(4096);
        padded.set(envelope.subarray(0, length));
        expect(parseEnvelope(padded).ok).toBe(false);
      }
    }
  });

  it('with one byte changed is refused with a code, or is another envelope that reads back the same', async () => {
    const envelope = await sealRaw();
    fc.assert(
      fc.property(fc.nat({ max: 1300 }), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const changed = envelope.slice();
        changed[at]! ^= difference;
        const read = parseEnvelope(changed);
        if (!read.ok) {
          expect(isErrorCode(read.code)).toBe(true);
          return;
        }
        const { enc, ciphertext, ...head } = read.value;
        expect(Buffer.compare(encodeEnvelope(encodeEnvelopeHead(head), enc, ciphertext), changed)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('of random bytes is refused with a code', () => {
    const sized = fc.constantFrom(0, 1, 4095, 4096, 4097, 16384).chain(bytes);
    const plausible = fc
      .tuple(bytes(200), bytes(4096))
      .map(([head, rest]) => Uint8Array.from([0x89, 1, 1, 0x58, 32, ...head, ...rest]).subarray(0, 4096));
    fc.assert(
      fc.property(fc.oneof(sized, plausible), (random) => {
        const read = parseEnvelope(random);
        expect(read.ok ? '' : read.code).toMatch(/^crate-(size-invalid|malformed|version-unsupported)$/);
      }),
    );
  });

  it('is not written for a mailbox or an expiry that is none', () => {
    const head = {
      mailbox: alice.x,
      expiryHour: 1,
      nonce: new Uint8Array(32),
      ackHash: new Uint8Array(32),
      recallHash: new Uint8Array(32),
    };
    expect(() => encodeEnvelopeHead({ ...head, mailbox: encodeBase64url(new Uint8Array(31)) })).toThrow(
      expect.objectContaining({ code: 'key-invalid' }),
    );
    for (const expiryHour of [-1, 1.5, NaN, 2 ** 32]) {
      expect(() => encodeEnvelopeHead({ ...head, expiryHour })).toThrow(
        expect.objectContaining({ code: 'crate-malformed' }),
      );
    }
  });
});
