import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, hexOf, someItems } from '../../test/items.js';
import { initiate, limits, reconcile, respond, ReconcileError, SortedArray, SumTree } from '../index.js';

const id = (digits: string): string => digits.repeat(32);
const fingerprint = 'ab'.repeat(16);
const invalid = expect.objectContaining({ name: 'ReconcileError', code: 'message-invalid' });

describe('a message is refused when', () => {
  it.each([
    ['it is empty', ''],
    ['it begins with no version of this protocol', '50'],
    ['it ends within a time', '6181'],
    ['it ends before the length of a prefix', '6102'],
    ['it ends within a prefix', '61020411'],
    ['it ends before a mode', '610200'],
    ['it ends within a fingerprint', `61020001${'ab'.repeat(15)}`],
    ['it ends before the length of a list', '61020002'],
    ['it ends within a list', `6102000202${id('11')}`],
    ['a list says to be longer than the message', '61020002ffff7f'],
    ['a list says to be of 2^53 ids', '610200029080808080808000'],
    ['bytes follow the last range', '61000000ff'],
    ['a byte follows a list', `6100000201${id('11')}00`],
    ['a mode is unknown', '61020003'],
    ['a time has more digits than it needs', '6180020000'],
    ['a length has more digits than it needs', '6102800000'],
    ['a mode has more digits than it needs', '6102008000'],
    ['the length of a list has more digits than it needs', '610200028000'],
    ['a time is beyond 2^53 - 1', '6190808080808080010000'],
    ['two gaps lead beyond 2^53 - 1', '6190808080808080000000020000'],
    ['a time has no end', `61${'ff'.repeat(4000)}`],
    ['a prefix is longer than an id', `610221${'11'.repeat(33)}00`],
    ['the end has a prefix', '6100011100'],
    ['a bound is the beginning', '61010000'],
    ['two bounds are the same', '61020000010000'],
    ['two bounds differ by zeros only', '61020111000102110000'],
    ['a prefix is below the one before it', '610201220001011100'],
    ['a bound follows the end', '61000000020000'],
    ['ranges follow the end', '61000000000000000000'],
    ['a list names an id twice', `6100000202${id('11')}${id('11')}`],
  ])('%s', (_, hex) => {
    const storage = new SortedArray(someItems(1, 50));
    expect(() => respond(storage, bytesOf(hex))).toThrow(invalid);
    expect(() => reconcile(storage, bytesOf(hex))).toThrow(invalid);
  });

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

describe('a message is taken when', () => {
  it.each([
    ['it has no ranges', '61'],
    ['it skips everything', '61000000'],
    ['its last time is 2^53 - 1', '6190808080808080000000'],
    ['a second range ends at the end, as an overflowing frame has it', `6100000200000001${fingerprint}`],
    ['bounds of one time ascend by their prefixes', '61020111000102110100'],
    ['a prefix has the length of an id', `610220${id('11')}00`],
  ])('%s', (_, hex) => {
    expect(() => respond(new SortedArray(someItems(1, 50)), bytesOf(hex))).not.toThrow();
    expect(() => reconcile(new SortedArray(someItems(1, 50)), bytesOf(hex))).not.toThrow();
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
