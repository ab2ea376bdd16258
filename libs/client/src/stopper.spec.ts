import { describe, expect, it } from '@jest/globals';
import { Stopper } from './stopper.js';

describe('a stopper', () => {
  it('tells every listener once', () => {
    const stopper = new Stopper();
    const told: string[] = [];
    for (const name of ['a', 'b']) stopper.addEventListener('abort', () => told.push(name));
    const taken = (): void => void told.push('c');
    stopper.addEventListener('abort', taken);
    stopper.removeEventListener('abort', taken);
    stopper.abort();
    stopper.abort();
    expect([stopper.aborted, told]).toEqual([true, ['a', 'b']]);
  });

  it('stops with the first of its sources, also with one that has stopped before', () => {
    const [one, other] = [new AbortController(), new Stopper()];
    const stopper = new Stopper(one.signal, undefined, other);
    other.abort();
    expect(stopper.aborted).toBe(true);
    expect(new Stopper(one.signal, other).aborted).toBe(true);
    expect(new Stopper(one.signal).aborted).toBe(false);
  });

  it('no longer listens once it is released', () => {
    const source = new AbortController();
    const stopper = new Stopper(source.signal);
    stopper.release();
    source.abort();
    expect(stopper.aborted).toBe(false);
  });
});
