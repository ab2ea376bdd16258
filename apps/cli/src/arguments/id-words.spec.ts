import { describe, expect, it } from '@jest/globals';
import { markIds, wordAsTyped } from './id-words.js';

describe('words of the command line', () => {
  it('that begin with "-" and can only be ids are no options', () => {
    const ids = [`-${'a'.repeat(21)}`, `-${'B'.repeat(42)}`, `--${'_'.repeat(41)}`, '-Mf72HFPkRK_'];
    for (const word of markIds(ids)) expect(word.startsWith('-')).toBe(false);
    expect(markIds(ids).map(wordAsTyped)).toEqual(ids);
  });

  it('stay as they are otherwise', () => {
    const words = [
      'get',
      '--json',
      '-',
      '--',
      '-h',
      '--no-receipts',
      '--collection=notes',
      '--collection',
      'a'.repeat(22),
      '',
    ];
    expect(markIds(words)).toEqual(words);
    expect(words.map(wordAsTyped)).toEqual(words);
  });
});
