/** spec/gossip.md against the bounds in the code. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { gossipLimits } from '../src/limits.js';

const text = (await readFile(new URL('../../../spec/gossip.md', import.meta.url), 'utf8')).replace(
  /\s+/g,
  ' ',
);
const number = (value: number): string => value.toLocaleString('en-US');

describe('spec/gossip.md', () => {
  const said: readonly string[] = [
    `a frame | ${number(gossipLimits.frameLengthMax)} characters`,
    `open questions of one side | ${gossipLimits.questionsOpenMax} |`,
    `\`departures\`, \`proofs\` | ${gossipLimits.newsIdsMax} |`,
    `at most ${gossipLimits.departuresMax} crates`,
    `bodies of 1 to ${gossipLimits.wantIdsMax} ids: at most ${gossipLimits.answerBytesMax / 1024 ** 2} MiB`,
    `bodies in \`page\` and \`want\` | ${gossipLimits.pageBytesMax / 1024 ** 2} MiB`,
    `records in \`page\` | ${number(gossipLimits.pageRecordsMax)} |`,
    `a message of a comparison | ${number(gossipLimits.compareMessageBytesMax)} bytes`,
    `in a minute | ${gossipLimits.comparesServedPerMinuteMax}, else`,
    `peers in an answer | ${gossipLimits.exchangedPeersMax} |`,
    `not answered within ${gossipLimits.answerMsMax / 1000} seconds (\`news\` and \`departures\`: ${(gossipLimits.answerMsMax + gossipLimits.longPollMsMax) / 1000})`,
    `wait for up to ${gossipLimits.answerInAllMsMax / 1000}`,
    `after ${gossipLimits.longPollMsMax / 1000} seconds in any case`,
    `takes longer than ${gossipLimits.claimPatienceMs / 1000} seconds`,
    `every ${gossipLimits.compareEveryMs / 60_000} minutes ± 50 %`,
    `up to every ${gossipLimits.compareEveryMsMax / 60_000} minutes`,
    `ends after ${gossipLimits.compareRoundsMax} rounds, ${gossipLimits.compareMsMax / 60_000} minutes, or when ${number(gossipLimits.compareIdsMax)}`,
    `\`too-slow\` after ${gossipLimits.sendMsMax / 1000} seconds`,
  ];

  it.each(said)('says "%s"', (sentence) => {
    expect(text.includes(sentence.replace(/\s+/g, ' '))).toBe(true);
  });
});
