import { describe, expect, it } from '@jest/globals';
import { markIds, wordAsTyped } from './id-words.js';

describe('words of the command line', () => {
  it('that begin with "-" and can only be ids are no options', () => {
    const ids = [`-${'a'.repeat(21)}`, `-${'B'.repeat(42)}`, `--${'_'.repeat(41)}`, '-Mf72HFPkRK_'];
    for (const word of markIds(ids)) expect(word.startsWith('-')).toBe(false);
    expect(markIds(ids).map(wordAsTyped)).toEqual(ids);
  });

  it.each(['approve', 'block', 'remove'])('may be the beginning of an id behind "peers %s"', (name) => {
    const command = ['archive', 'peers', name];
    for (const word of ['-a', '-3_', '-hV', '-json', '-_-_-_', `-${'a'.repeat(30)}`]) {
      for (const words of [
        [...command, word],
        [...command, '--json', word],
      ]) {
        expect(markIds(words).at(-1)!.startsWith('-')).toBe(false);
        expect(markIds(words).map(wordAsTyped)).toEqual(words);
      }
      expect(markIds(['query', word])).toEqual(['query', word]);
    }
    const options = [...command, '-h', '-V', '--json', '--', '--home'];
    expect(markIds(options)).toEqual(options);
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
