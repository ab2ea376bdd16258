/** Of the data folder, the database, the doors and the queue. */
const MiB = 1024 * 1024;

export const platformLimits = {
  dataFolderLockAttemptsMax: 10,
  /** A crashed PostgreSQL replays its write-ahead log before it answers: at most this much is waited for. */
  postgresStartMsMax: 120_000,
  postgresStartAttemptsMax: 20,
  postgresStopMsMax: 30_000,
  postgresLogBytesMax: 8 * MiB,
  migrationLockMsMax: 120_000,
  /** Those that are kept for a purpose are 20 at most; the others are for whoever commits. */
  databaseConnectionsMax: 26,
  databaseConnectMsMax: 10_000,
  databaseIdleMsMax: 60_000,
  /** Longer than any statement may take on the server, and less than a client waits; migrations are not bounded. */
  databaseQueryMsMax: 20_000,
  databaseKeepAliveMs: 10_000,
  // Doors.
  /** Doors that take more say so themselves. */
  requestBodyBytesMax: 64 * 1024,
  requestHeadBytesMax: 16 * 1024,
  requestHeadMsMax: 15_000,
  requestMsMax: 60_000,
  /** How much, and how long, is thrown away of what a refused connection still sends. */
  refusedBytesMax: 4 * MiB,
  refusedMsMax: 2_000,
  connectionIdleMsMax: 60_000,
  keepAliveMsMax: 30_000,
  /** How long a client may take to read one answer: a page of 1 MiB at 9 KiB a second. */
  answerMsMax: 120_000,
  /** Requests that were sent before the one in front of them was answered. */
  pipelinedRequestsMax: 16,
  /** Bodies that are being read or worked at, over all connections, and answers that were not read. */
  requestBodiesBytesMax: 64 * MiB,
  unreadAnswersBytesMax: 64 * MiB,
  /** When these are used up, the oldest are cut off that are older than this. */
  cutOffGraceMs: 2_000,
  /** Connections beside those that are WebSockets. */
  httpConnectionsMax: 2_048,
  pathParameterLengthMax: 256,
  healthQueryMsMax: 2_000,
  /** How old the database's last sign of life may be when somebody asks for the archive's health. */
  healthSharedMsMax: 1_000,
  /** How long requests in flight may take to end once the archive stops. */
  stopDoorsMsMax: 10_000,
  stopDatabaseMsMax: 5_000,
  /** A warning that repeats while the database is away is logged this often. */
  repeatedWarningEveryMs: 10_000,
  // The queue that wakes.
  queueConnectionsMax: 4,
  queueConnectMsMax: 5_000,
  queueQueryMsMax: 20_000,
  queueConcurrency: 8,
  queueRetryMs: 2_000,
  queueIdleSecondsMax: 30,
  redisIdleSecondsMax: 5,
  /** Added to the wait before each further try to reach Redis, up to `queueRetryMs`. */
  redisRetryMsMin: 100,
  /** How long a backend that was emptied may go unnoticed. */
  queueCheckMs: 30_000,
  /** How late a wake may be before it counts as lost. */
  queueLateMsMax: 10_000,
  queueWaitingMax: 100_000,
  queueEventsMax: 256,
} as const;
