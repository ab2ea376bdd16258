/** What vectors/reconcile/messages.json is written from, the expectations of conversations left out. */
import type { Conversation, Reading, Run } from './run.js';

const second = 1_700_000_000;
const run = (from: number, to: number, time = second, step = 1): Run => ({ from, to, time, step });

export const conversations: readonly Omit<Conversation, 'expect'>[] = [
  { name: 'two empty sets', asking: [], answering: [] },
  { name: 'an empty set asks one item', asking: [], answering: [run(0, 1)] },
  { name: 'one item asks an empty set', asking: [run(0, 1)], answering: [] },
  { name: '31 items are named', asking: [run(0, 31)], answering: [run(0, 30)] },
  { name: '32 items are split', asking: [run(0, 32)], answering: [run(0, 31)] },
  { name: 'sets that are the same', asking: [run(0, 200)], answering: [run(0, 200)] },
  { name: 'each has something alone', asking: [run(0, 300)], answering: [run(0, 290), run(400, 420)] },
  {
    name: 'one time, so that bounds have prefixes',
    asking: [run(0, 300, second, 0)],
    answering: [run(10, 310, second, 0)],
  },
  {
    name: 'times up to 2^53 - 1',
    asking: [run(0, 40, 0, 2 ** 47)],
    answering: [run(0, 39, 0, 2 ** 47), run(500, 501, Number.MAX_SAFE_INTEGER)],
  },
  {
    name: 'an answer in small frames is cut in the middle of a list',
    asking: [run(0, 10)],
    answering: [run(0, 300)],
    frameBytesMax: 4096,
  },
  {
    name: 'split ranges that do not fit into a small frame are left for later',
    asking: [run(0, 600, second, 200)],
    answering: [
      run(0, 600, second, 200),
      ...Array.from({ length: 16 }, (_, index) =>
        run(1_000 + index, 1_001 + index, second + 7_500 * index + 1),
      ),
    ],
    frameBytesMax: 4096,
  },
];

const id = (digits: string): string => digits.repeat(32);
const fingerprint = 'ab'.repeat(16);
const taken = (name: string, message: string): Reading => ({ name, message, expect: { ok: true } });
const refused = (name: string, message: string): Reading => ({
  name,
  message,
  expect: { ok: false, code: 'message-invalid' },
});

export const readings: readonly Reading[] = [
  taken('no ranges', '61'),
  taken('everything is skipped', '61000000'),
  taken('a last time of 2^53 - 1', '6190808080808080000000'),
  taken('a second range that ends at the end', `6100000200000001${fingerprint}`),
  taken('bounds of one time whose prefixes ascend', '61020111000102110100'),
  taken('a prefix of 32 bytes', `610220${id('11')}00`),
  refused('empty', ''),
  refused('no version of this protocol', '50'),
  refused('ends within a time', '6181'),
  refused('ends before the length of a prefix', '6102'),
  refused('ends within a prefix', '61020411'),
  refused('ends before a mode', '610200'),
  refused('ends within a fingerprint', `61020001${'ab'.repeat(15)}`),
  refused('ends before the length of a list', '61020002'),
  refused('ends within a list', `6102000202${id('11')}`),
  refused('a list that is longer than the message', '61020002ffff7f'),
  refused('a list of 2^53 ids', '610200029080808080808000'),
  refused('a byte after the last range', '61000000ff'),
  refused('a byte after a list', `6100000201${id('11')}00`),
  refused('an unknown mode', '61020003'),
  refused('a time that has more digits than it needs', '6180020000'),
  refused('a length that has more digits than it needs', '6102800000'),
  refused('a mode that has more digits than it needs', '6102008000'),
  refused('a count that has more digits than it needs', '610200028000'),
  refused('a time of 2^53', '6190808080808080010000'),
  refused('two gaps that lead to 2^53', '6190808080808080000000020000'),
  refused('a number without an end', `61${'ff'.repeat(40)}`),
  refused('a prefix of 33 bytes', `610221${'11'.repeat(33)}00`),
  refused('a prefix at the end', '6100011100'),
  refused('a bound at the beginning', '61010000'),
  refused('a bound twice', '61020000010000'),
  refused('two bounds that differ by zeros only', '61020111000102110000'),
  refused('a prefix that is less than the one before it', '610201220001011100'),
  refused('a bound after the end', '61000000020000'),
  refused('three ranges that end at the end', '61000000000000000000'),
  refused('an id twice in a list', `6100000202${id('11')}${id('11')}`),
];
