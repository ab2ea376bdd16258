/** Every bound that the archive has beside those of the wire formats (libs/protocol/src/limits.ts). */
const MiB = 1024 * 1024;

export const archiveLimits = {
  /** A crashed PostgreSQL replays its write-ahead log before it answers: at most this much is waited for. */
  postgresStartMsMax: 120_000,
  postgresStartAttemptsMax: 20,
  postgresStopMsMax: 30_000,
  postgresLogBytesMax: 8 * MiB,
} as const;
