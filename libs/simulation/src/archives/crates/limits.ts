/** The bounds of simulated custody: those of archives (spec/custody.md, "Departures" and "Errands"). */
export const crateTableLimits = {
  /** How long an offer is kept whose crate does not come. */
  offerKeptMs: 2 * 3_600_000,
  offersPerArchiveMax: 4096,
  retryMsMin: 1000,
  retryMsMax: 3_600_000,
  /** What waits for an archive that is heard of is tried at once, though not each time. */
  hurryMsMin: 5000,
  answerMsMax: 30_000,
  sweepMs: 600_000,
} as const;
