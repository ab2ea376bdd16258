import { describe, expect, it } from '@jest/globals';
import { generatePrivateJwk, HoldfastError } from '@holdfast/protocol';
import {
  archiveOptions,
  archiveUrls,
  authorValue,
  collectionValue,
  countValue,
  sinceValue,
  topicValues,
} from './option-values.js';

const usage = (work: () => unknown): HoldfastError => {
  try {
    work();
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'usage-invalid') return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('the values of options', () => {
  it('are refused with a sentence that repeats what was typed', () => {
    expect(usage(() => collectionValue('No Good')).message).toContain('"No Good"');
    expect(usage(() => authorValue('A'.repeat(43))).message).toContain('public key');
    expect(usage(() => countValue('0')).message).toContain('"0"');
    expect(usage(() => countValue('1e3')).message).toContain('"1e3"');
  });

  it('collect topics once each, and no more than a record has', () => {
    expect(topicValues('b', topicValues('a', topicValues('b')))).toEqual(['b', 'a']);
    const sixteen = Array.from({ length: 16 }, (_, i) => `t${i}`);
    usage(() => topicValues('one more', sixteen));
  });

  it('take a moment as a date or as how long ago it was', () => {
    expect(sinceValue('2026-11-23')).toBe(Date.UTC(2026, 10, 23) / 1000);
    expect(sinceValue('2026-11-23T12:00:00Z')).toBe(Date.UTC(2026, 10, 23, 12) / 1000);
    expect(sinceValue('1h') - sinceValue('1d')).toBeGreaterThanOrEqual(23 * 3600);
    usage(() => sinceValue('2026-13-40'));
    usage(() => sinceValue('yesterday'));
  });

  it('take archives as URLs without credentials, each once, without the slash at the end', () => {
    expect(archiveUrls('http://127.0.0.1:7070/, https://a.example/x/,http://127.0.0.1:7070')).toEqual([
      'http://127.0.0.1:7070',
      'https://a.example/x',
    ]);
    for (const text of [
      '127.0.0.1:7070',
      'ftp://a.example',
      'https://u:p@a.example',
      'https://a.example/?x=1',
    ]) {
      usage(() => archiveUrls(text));
    }
  });

  it('take an archive with its id behind a #, and the last word about an address', async () => {
    const { x: id } = await generatePrivateJwk();
    const plain = { url: 'https://a.example' };
    expect(archiveOptions(`https://a.example,https://a.example#${id}`)).toEqual([{ ...plain, id }]);
    expect(archiveOptions('https://a.example/,https://b.example')).toEqual([
      plain,
      { url: 'https://b.example' },
    ]);
    expect(usage(() => archiveOptions('https://a.example#nonsense')).message).toContain('id');
    usage(() => archiveOptions('#'));
  });

  it('do not repeat a password that was typed into a URL', () => {
    expect(usage(() => archiveUrls('https://alice:hunter2@a.example')).message).not.toContain('hunter2');
  });
});
