/**
 * Envelopes changed where their structure is: the heads of their members, lengths, counts, versions, sizes and the
 * mailbox. Most stay whole behind the change, so that a reader that takes the change gets to the members after it.
 */
import { encodeArrayHead, encodeByteStringHead, encodeUnsigned } from '../src/crates/envelope-cbor.js';
import {
  ciphertextSizeFor,
  encodeEnvelope,
  encodeEnvelopeHead,
  encSizeBytes,
} from '../src/crates/envelope.js';
import { concatBytes } from '../src/encoding/bytes.js';
import { limits } from '../src/limits.js';
import { alice, bob } from '../src/vectors/people.js';
import type { FuzzSource } from './fuzz-source.js';

/** An envelope and where its nine members begin, after the head of the array. */
interface Model {
  readonly bytes: Uint8Array;
  readonly begins: readonly number[];
}

const [small, middle] = limits.crateSizesBytes;
const models: readonly Model[] = [0, 23, 24, 255, 256, 65_535, 65_536, 0xffffffff].flatMap((expiryHour) =>
  [small, small, small, middle].map((size) => modelOf(size, expiryHour)),
);

function modelOf(size: number, expiryHour: number): Model {
  const filled = (length: number, seed: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length }, (_, i) => (i * 167 + seed) & 0xff);
  const head = encodeEnvelopeHead({
    mailbox: expiryHour % 2 === 0 ? alice.x : bob.x,
    expiryHour,
    nonce: filled(32, 1),
    ackHash: filled(32, 2),
    recallHash: filled(32, 3),
  });
  const bytes = encodeEnvelope(
    head,
    filled(encSizeBytes, 4),
    filled(ciphertextSizeFor(size, head.length), 5),
  );
  const hour = encodeUnsigned(expiryHour).length;
  const begins = [1, 2, 3, 37, 37 + hour, 71 + hour, 105 + hour, 139 + hour, 142 + hour + encSizeBytes];
  return { bytes, begins };
}

const oddLengths = [0, 1, 23, 24, 31, 32, 33, 255, 256, 1119, 1120, 1121, 2828, 65_535, 65_536, 0xffffffff];
/** Numbers and lengths in forms that are not the shortest, of eight bytes, reserved, or indefinite. */
const oddTails: readonly (readonly number[])[] = [
  ...[
    [24, 0],
    [24, 23],
    [25, 0, 32],
    [25, 0, 255],
    [26, 0, 0, 4, 96],
    [26, 0, 0, 255, 255],
  ],
  ...[[27, 0, 0, 0, 0, 0, 0, 0, 32], [27, 255, 255, 255, 255, 255, 255, 255, 255], [28], [29], [30], [31]],
];
/** Encodings that are not reduced or of small order, and their neighbours. */
const oddKeys = ['00', '01', 'ec', 'ed', 'ee', 'ff'].flatMap((first) =>
  ['00', '7f', '80', 'ff'].map((last) => {
    const filling = last === '7f' || last === 'ff' ? 'ff' : '00';
    return Uint8Array.from(Buffer.from(first + filling.repeat(30) + last, 'hex'));
  }),
);

type Change = (model: Model, source: FuzzSource) => Uint8Array;

const changes: readonly Change[] = [
  changeHead,
  changeHead,
  changeHeadAndFit,
  changeHeadAndFit,
  changeMembers,
  changeMailbox,
  flipBits,
  flipBits,
  changeSize,
  changeFirst,
];

export function changedEnvelope(source: FuzzSource): Uint8Array {
  const model = source.one(models);
  const bytes = source.one(changes)(model, source);
  const again = source.below(4) === 0 && bytes.length === model.bytes.length;
  return again ? source.one(changes)({ ...model, bytes }, source) : bytes;
}

/** Writes over the head of a member and leaves everything else where it is. */
function changeHead({ bytes, begins }: Model, source: FuzzSource): Uint8Array {
  const changed = bytes.slice();
  const at = source.below(10) === 0 ? 0 : source.one(begins);
  const head = source.below(3) === 0 ? Uint8Array.of(source.below(256)) : oddHead(source);
  changed.set(head.subarray(0, changed.length - at), at);
  return changed;
}

/** Puts another head for a member's; what follows moves, and the end is filled or cut to the size. */
function changeHeadAndFit({ bytes, begins }: Model, source: FuzzSource): Uint8Array {
  const member = source.below(begins.length);
  const at = begins[member]!;
  const old = member < 2 || member === 3 ? (begins[member + 1] ?? at) - at : member < 7 ? 2 : 3;
  return fitted(bytes.length, bytes.subarray(0, at), oddHead(source), bytes.subarray(at + old));
}

function oddHead(source: FuzzSource): Uint8Array {
  switch (source.below(5)) {
    case 0:
      return encodeUnsigned(source.one(oddLengths));
    case 1:
      return encodeArrayHead(source.one(oddLengths));
    case 2:
    case 3:
      return encodeByteStringHead(source.one(oddLengths));
    default: {
      const [additional, ...rest] = source.one(oddTails);
      return Uint8Array.of((source.below(8) << 5) | additional!, ...rest);
    }
  }
}

/** Leaves a member out, repeats one, exchanges two, or counts them wrongly. */
function changeMembers({ bytes, begins }: Model, source: FuzzSource): Uint8Array {
  const members = begins.map((begin, i) => bytes.subarray(begin, begins[i + 1] ?? bytes.length));
  const at = source.below(members.length);
  const how = source.below(3);
  if (how === 0) members.splice(at, 1);
  else if (how === 1) members.splice(at, 0, members[source.below(members.length)]!);
  else [members[at], members[8 - at]] = [members[8 - at]!, members[at]!];
  const count = source.below(2) === 0 ? members.length : source.below(24);
  return fitted(bytes.length, encodeArrayHead(count), ...members);
}

function changeMailbox({ bytes, begins }: Model, source: FuzzSource): Uint8Array {
  const changed = bytes.slice();
  const at = begins[2]! + 2;
  if (source.below(2) === 0) changed.set(source.one(oddKeys), at);
  else for (let i = 0; i < 32; i++) changed[at + i] = source.below(256);
  return changed;
}

function flipBits({ bytes, begins }: Model, source: FuzzSource): Uint8Array {
  const changed = bytes.slice();
  for (let flips = 1 + source.below(3); flips > 0; flips--) {
    const near = source.below(2) === 0 ? source.one(begins) + source.below(4) : source.below(bytes.length);
    if (near < changed.length) changed[near] = changed[near]! ^ (1 << source.below(8));
  }
  return changed;
}

/** Cuts or extends: to another size that is allowed, or by a little to one that is not. */
function changeSize({ bytes }: Model, source: FuzzSource): Uint8Array {
  const size = source.below(2) === 0 ? source.one([small, middle]) : bytes.length + source.below(5) - 2;
  return source.below(50) === 0 ? bytes.subarray(0, source.below(bytes.length)) : fitted(size, bytes);
}

/** Another count, version or suite, written in any way; the rest as it was. */
function changeFirst({ bytes, begins }: Model, source: FuzzSource): Uint8Array {
  const number = (): Uint8Array =>
    encodeUnsigned(source.one([0, 1, 1, 1, 2, 9, 23, 24, 255, 256, 70_000, 0xffffffff]));
  const count = encodeArrayHead(source.one([0, 1, 8, 9, 9, 9, 10, 24, 1000]));
  return fitted(bytes.length, count, number(), number(), bytes.subarray(begins[2]!));
}

function fitted(size: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const whole = concatBytes(...parts);
  if (whole.length === size) return whole;
  const changed = new Uint8Array(size);
  changed.set(whole.subarray(0, size));
  return changed;
}
