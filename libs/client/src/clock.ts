/** Time and randomness, as the shells of this package use them: one place that tests can replace. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after the time. Answers what takes it back. */
  after(delayMs: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** NumericDate of the clock. */
export const secondsOf = (clock: Clock): number => Math.floor(clock.now() / 1000);
