/** Each refusal by itself, and what is taken, is in vectors/reconcile/messages.json. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, hexOf, someItems } from '../../test/items.js';
import { initiate, limits, reconcile, respond, ReconcileError, SortedArray, SumTree } from '../index.js';

const fingerprint = 'ab'.repeat(16);
const invalid = expect.objectContaining({ name: 'ReconcileError', code: 'message-invalid' });

describe('a message is refused when', () => {
  it('it is longer than a message may be', () => {
    const message = new Uint8Array(limits.messageBytesMax + 1).fill(0x61, 0, 1);
    expect(() => respond(new SortedArray([]), message)).toThrow(invalid);
  });

  it('what is invalid comes after what fills a frame', () => {
    const storage = new SortedArray(someItems(1, 500));
    const bounds = { frameBytesMax: 4096 };
    expect(respond(storage, bytesOf('6100000200'), bounds).length).toBeGreaterThan(3_500);
    expect(() => respond(storage, bytesOf('61000002000000ff'), bounds)).toThrow(invalid);
  });
});

describe('whatever bytes come', () => {
  const storage = new SumTree(someItems(1, 2_000));
  const sent = [
    initiate(storage),
    respond(storage, initiate(new SumTree(someItems(2, 2_000)))),
    respond(storage, bytesOf('6100000200'), { frameBytesMax: 4096 }),
  ];

  it('they are taken, or refused by a code', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.constantFrom(...sent), changes, fc.nat()).map(([bytes, changes, length]) => {
        const changed = bytes.slice(0, length % 3 === 0 ? length % bytes.length : bytes.length);
        for (const [at, byte] of changes)
          if (at % bytes.length < changed.length) changed[at % bytes.length] = byte;
        return changed;
      }),
    );
    fc.assert(
      fc.property(message, (bytes) => {
        for (const take of [respond, reconcile]) {
          try {
            take(storage, bytes, { frameBytesMax: 4096 });
          } catch (error) {
            expect(error).toBeInstanceOf(ReconcileError);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('the answer to as many ranges as fit is no longer than a frame', () => {
    const ranges = Array.from({ length: 20_000 }, () => `020001${fingerprint}`).join('');
    const answer = respond(storage, bytesOf(`61${ranges}`), { frameBytesMax: 4096 });
    expect(answer.length).toBeLessThanOrEqual(4096);
    expect(hexOf(answer).slice(-38, -32)).toBe('000001');
  });
});
