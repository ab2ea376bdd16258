/**
 * A million envelopes and some custody receipts, each changed at the joints of its structure: nothing but refusals with a
 * code, or a value that is written again as the very same bytes. A failure prints what repeats it.
 */
import { describe, expect, it } from '@jest/globals';
import { signCustody, verifyCustody } from '../src/crates/custody.js';
import { encodeEnvelope, encodeEnvelopeHead, parseEnvelope } from '../src/crates/envelope.js';
import { signingKeyFromJwk } from '../src/keys/ed25519.js';
import { alice, bob } from '../src/vectors/people.js';
import { changedReceipt } from './custody-fuzz.js';
import { changedEnvelope } from './envelope-fuzz.js';
import { failedAt, fuzzSeed, FuzzSource } from './fuzz-source.js';

const envelopes = 1_000_000;
const receipts = 50_000;
/** Ends what hangs; how fast a busy machine is, is no verdict. */
const timeoutMs = 600_000;

/** How often each outcome was met. */
class Outcomes {
  private readonly counts = new Map<string, number>();

  count(outcome: string): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  /** Changes that never came past a check, or always did, would show nothing. */
  expectEach(outcomes: readonly string[], countMin: number): void {
    const rare = outcomes.filter((outcome) => (this.counts.get(outcome) ?? 0) < countMin);
    expect(rare).toEqual([]);
  }
}

describe('changed envelopes, a million of them,', () => {
  const codes = [
    'size-invalid',
    'malformed',
    'version-unsupported',
    'suite-unsupported',
    'mailbox-invalid',
  ].map((name) => `crate-${name}`);

  function outcomeOf(bytes: Uint8Array): string {
    const read = parseEnvelope(bytes);
    if (!read.ok) {
      if (!codes.includes(read.code) || read.detail === '') throw new Error(`It is refused as ${read.code}.`);
      return read.code;
    }
    const { enc, ciphertext } = read.value;
    const again = encodeEnvelope(encodeEnvelopeHead(read.value), enc, ciphertext);
    if (Buffer.compare(again, bytes) !== 0) throw new Error('It is taken, and written again as other bytes.');
    return 'taken';
  }

  it(
    'are refused with a code, or read as what is written again',
    () => {
      const met = new Outcomes();
      for (let input = 0; input < envelopes; input++) {
        const bytes = changedEnvelope(new FuzzSource(fuzzSeed, input));
        try {
          met.count(outcomeOf(bytes));
        } catch (cause) {
          throw failedAt(input, Buffer.from(bytes).toString('base64url'), cause);
        }
      }
      met.expectEach([...codes, 'taken'], envelopes / 200);
    },
    timeoutMs,
  );
});

describe('changed custody receipts', () => {
  const now = 1_767_225_600;
  const terms = {
    crate: 'PLLXub18GGi3q7oZClJZSCCx77N6zaPYfvSSQstUTCY',
    sizeBytes: 4096,
    expiryHour: 490_924,
  };

  it(
    'are refused with the one code, or are what was signed',
    async () => {
      const keys = await Promise.all([alice, bob].map(signingKeyFromJwk));
      const signed = await Promise.all(keys.map((key) => signCustody(terms, now, key)));
      const met = new Outcomes();
      for (let input = 0; input < receipts; input++) {
        const source = new FuzzSource(fuzzSeed, input);
        const jws = changedReceipt(source.one(signed), source);
        try {
          const read = await verifyCustody(jws, terms, now);
          if (read.ok && !signed.includes(jws)) throw new Error('It is taken, though nobody has signed it.');
          if (!read.ok && read.code !== 'custody-invalid') throw new Error(`It is refused as ${read.code}.`);
          met.count(read.ok ? 'taken' : read.detail);
        } catch (cause) {
          throw failedAt(input, jws, cause);
        }
      }
      met.expectEach(
        [
          'taken',
          'A compact JWS is three parts of canonical base64url joined by dots.',
          'The header has exactly "alg", "typ" ("holdfast-custody") and "kid".',
          '"kid" is not the base64url of an acceptable Ed25519 public key.',
          'The signature is not an acceptable Ed25519 signature of 64 bytes.',
          'The custody receipt does not promise this crate on its terms.',
          'The custody receipt is dated too far ahead.',
          'The signature of the custody receipt does not verify with the key that "kid" names.',
        ],
        receipts / 2000,
      );
    },
    timeoutMs,
  );
});
