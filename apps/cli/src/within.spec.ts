import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { within } from './within.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a signal that aborts after a while', () => {
  it('does so although garbage is collected meanwhile', async () => {
    const signal = within(new AbortController().signal, 0.2);
    const aborted = once(signal, 'abort');
    await new Promise((resolve) => setTimeout(resolve, 20));
    collectGarbage();
    await aborted;
    expect(signal.aborted).toBe(true);
  });

  it('aborts at once with the one that is given', () => {
    const ended = new AbortController();
    const signal = within(ended.signal, 3600);
    expect(signal.aborted).toBe(false);
    ended.abort();
    expect(signal.aborted).toBe(true);
  });
});
