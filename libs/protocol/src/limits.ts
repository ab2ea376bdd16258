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
  /** For how long a mailbox is announced at a time, and how far the clocks of clients may differ about that. */
  announcementSeconds: 600,
  announcementSkewSecondsMax: 120,
  siblingsMax: 63,
  /** Everybody that one message is for. */
  recipientsMax: 64,
  /** Marks in one notice of what somebody has: what fits into 16 KiB beside a pairwise address. */
  marksMax: 384,
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
  /** A longer one can only be a deposit. */
  plainRequestLengthMax: 128 * KiB,
  /** What four bytes hold, as many as a relayed frame has for it. */
  requestNumberMax: 2 ** 32 - 1,
  inFlightPerConnectionMax: 256,
  followsPerConnectionMax: 32,
  /** One public mailbox, and one for each of many contacts. */
  mailboxesPerConnectionMax: 256,
  statusCratesMax: 500,
  /** Clients near a target that an archive names. */
  nearbyNodesMax: 8,
  /** Servers that an archive tells a peer of at once. */
  toldNodesMax: 16,
  /** The archives that one deposit names beside the one that gets it. */
  holdersMax: 16,
  /** Entries in one answer from the receipts log, and the longest prefix that may be asked for, in hex digits. */
  releasedEntriesMax: 2048,
  shardDigitsMax: 4,
  /** Crates in one request between archives. */
  archiveCratesMax: 128,
  archiveRequestBytesMax: 512 * KiB,
  /** A custody receipt, in characters. */
  custodyLengthMax: 1024,
  /** How long the token of a request between archives is good. */
  archiveTokenSecondsMax: 60,
  /** The keys that an archive has had, and what endorses one of them, in characters. */
  archiveKeysMax: 16,
  endorsementLengthMax: 512,
  /** Authors, collections or topics that a scope names. */
  scopeValuesMax: 256,
  publishLinesMax: 1000,
  publishBodyBytesMax: 8 * 1024 * KiB,
  /** How long before its end a ticket may be made, and how far the clocks of two nodes may differ. */
  ticketSecondsMax: 48 * hourSeconds,
  nodeClockSkewSecondsMax: 120,
  /** What nodes say to each other: the largest record twice, and room for names; and with it the rest of a frame. */
  nodePayloadBytesMax: 160 * KiB,
  nodeFrameBytesMax: 160 * KiB + 277,
  /** Its head and its signature. */
  nodeFrameBytesMin: 137,
  /** How many frames of how many senders are remembered, so that none is taken twice. */
  replaySendersMax: 4096,
  replayFramesPerSenderMax: 256,
} as const;
