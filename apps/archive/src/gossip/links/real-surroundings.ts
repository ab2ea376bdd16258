/** The clock and the chance of the machine, for links. */
import type { Surroundings } from '@holdfast/gossip';

/** Deadlines rest on it: a clock that is set must end no link, and must not keep one that is silent. */
const startedMs = Date.now() - performance.now();

export const realSurroundings: Surroundings = {
  nowMs: () => startedMs + performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    }),
};
