import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { run } from './main.js';

/** Runs a command that ends before it needs anything, and answers what it says of it. */
async function refusalOf(...words: string[]): Promise<{ readonly code: string; readonly detail: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  await run(['--json', ...words], {
    stdout,
    stderr,
    stdin: new PassThrough(),
    environment: { HOLDFAST_HOME: '/nowhere', HOLDFAST_DATA: '/nowhere' },
    signal: new AbortController().signal,
  });
  return JSON.parse(String(stderr.read())) as { code: string; detail: string };
}

describe('a word that begins with "-"', () => {
  it.each([
    ['status', '-abc'],
    ['get', '-_3'],
    ['get', '--Q_a'],
    ['contact', 'receipts', '-bob', 'on'],
  ])('and was taken for an option is an error that says how to say it: %s %s', async (...words) => {
    expect(await refusalOf(...words)).toMatchObject({
      code: 'usage-invalid',
      detail: expect.stringContaining('put "--" before it'),
    });
  });

  it('is said so, and is understood', async () => {
    const { detail } = await refusalOf('get', '--', '-abc');
    expect(detail).toContain('"-abc" is not a record id');
  });

  it('is the beginning of an id where commands take one', async () => {
    for (const name of ['approve', 'block', 'remove']) {
      expect((await refusalOf('archive', 'peers', name, '-ab')).code).not.toBe('usage-invalid');
    }
  });

  it('is an option that there is none of, when it can be nothing else', async () => {
    const { detail } = await refusalOf('query', '--nonsense');
    expect(detail).not.toContain('put "--" before it');
  });
});
