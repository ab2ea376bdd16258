import { beforeEach, describe, expect, it } from '@jest/globals';
import { UnnotedAttempts } from './unnoted-attempts.js';
import type { Attempt } from './waiting-crates.repository.js';

let unnoted: UnnotedAttempts;
let noted: string[][];
let awaited: (() => void)[];

beforeEach(() => {
  noted = [];
  awaited = [];
  unnoted = new UnnotedAttempts({
    note: (attempts) => noted.push(attempts.map(({ id }) => id)),
    later: (run) => {
      awaited.push(run);
      return () => void (awaited = awaited.filter((each) => each !== run));
    },
  });
});

const attempt = (id: string): Attempt => ({ id, attempts: 1, nextAt: 5_000 });

/** A little while passes. */
const pass = (): void => awaited.splice(0).forEach((run) => run());

describe('first attempts', () => {
  it('are written down together when they have stayed unanswered for a whole while', () => {
    unnoted.add([attempt('a')]);
    unnoted.add([attempt('b')]);
    pass();
    unnoted.add([attempt('c')]);
    expect(noted).toEqual([]);
    pass();
    expect(noted).toEqual([['a', 'b']]);
    pass();
    expect(noted).toEqual([['a', 'b'], ['c']]);
    expect(awaited).toEqual([]);
  });

  it('are not written down when the crate has left before', () => {
    unnoted.add([attempt('a'), attempt('b'), attempt('c')]);
    unnoted.remove('a');
    pass();
    unnoted.remove('b');
    pass();
    expect(noted).toEqual([['c']]);
  });

  it('are written down once when the crate is handed to two who collect', () => {
    unnoted.add([attempt('a')]);
    pass();
    unnoted.add([attempt('a')]);
    pass();
    pass();
    expect(noted).toEqual([['a']]);
  });

  it('are waited for by nothing when all crates were answered, or nobody collects any more', () => {
    unnoted.add([]);
    expect(awaited).toEqual([]);
    unnoted.add([attempt('a')]);
    unnoted.drop();
    expect(awaited).toEqual([]);
    unnoted.add([attempt('b')]);
    pass();
    pass();
    expect(noted).toEqual([['b']]);
  });
});
