/** Every bound that the wire formats have. Other packages import these rather than repeat them. */
const KiB = 1024;
const hourSeconds = 3600;

export const limits = {
  recordSizeBytesMax: 64 * KiB,
  recordAheadSecondsMax: 600,
  collectionLengthMax: 64,
  keyLengthMax: 256,
  topicLengthMax: 128,
  topicsMax: 16,
  refsMax: 64,
  jsonDepthMax: 32,
  /** The sizes that an envelope may have: a crate's length tells nothing finer than this. */
  crateSizesBytes: [4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, 1024 * KiB] as const,
  crateLifetimeHoursMax: 30 * 24,
  /** How far the clocks of a sender and an archive may differ before an expiry is refused. */
  clockSkewSecondsMax: 12 * hourSeconds,
  siblingsMax: 63,
  cardMailboxesMax: 16,
  cardArchivesMax: 16,
  urlLengthMax: 2048,
  queryLimitMax: 500,
  queryLimitDefault: 50,
  queryTextLengthMax: 256,
  cursorLengthMax: 128,
  entriesPerFrameMax: 500,
  /** A WebSocket frame: the largest crate in base64url and room for its names. */
  frameSizeBytesMax: 1536 * KiB,
  /** A longer frame can only be a deposit. */
  plainRequestLengthMax: 128 * KiB,
  requestNumberMax: Number.MAX_SAFE_INTEGER,
  inFlightPerConnectionMax: 256,
  followsPerConnectionMax: 32,
  mailboxesPerConnectionMax: 16,
  statusCratesMax: 500,
  publishLinesMax: 1000,
  publishBodyBytesMax: 8 * 1024 * KiB,
} as const;
