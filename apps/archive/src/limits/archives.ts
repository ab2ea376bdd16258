/** Of what archives say to each other, of peers, and of the set that is compared with theirs. */
const MiB = 1024 * 1024;

export const archivesLimits = {
  // Between archives.
  /** How far from a token's own times the clock may be; it is dated by the reader's clock. */
  tokenToleranceSeconds: 30,
  tokenLengthMax: 4_096,
  usedTokensMax: 65_536,
  usedOperatorTokensMax: 4_096,
  /** Later keys of other archives that are remembered, and how often and for how many they are looked for. */
  knownKeyChainsMax: 1_024,
  keyFetchEveryMs: 60_000,
  keyFetchesAtOnce: 16,
  /** Who waits for one of them; all together are fewer than may stand at a door. */
  keyFetchWaitersMax: 3,
  keyFetchesKeptMax: 4_096,
  /** What an archive puts into one request to another: well below what the other takes (`archiveRequestBytesMax`). */
  archiveBodyBytesGoal: 256 * 1024,
  /** Answers of other archives. */
  peerAnswerBytesMax: 512 * 1024,
  peerAnswerMsMax: 15_000,
  /** The largest crate at 18 KiB a second. */
  peerBringMsMax: 60_000,
  peerIntroductionBytesMax: 64 * 1024,
  peerIntroductionMsMax: 5_000,
  peerNameMsMax: 2_000,
  peerConnectionIdleMs: 5_000,
  introductionMsMax: 600_000,
  introductionsMax: 4_096,
  /** How old what the archive says of its horizon may be. */
  horizonFreshMs: 5_000,
  // Peers.
  trustedPeersMax: 256,
  /** Archives that have asked and that nobody has decided about; beyond it the oldest make room. */
  peerAsksMax: 256,
  /** Archives that one peer has told of, and that all have; and those that one is told of. */
  proposalsPerPeerMax: 64,
  proposalsMax: 512,
  toldPeersMax: 64,
  peerErrorLengthMax: 300,
  /** Archives at the door whose tokens are being looked at. */
  peerChecksAtOnce: 64,
  /** Of one peer, over and over: a dialer pauses longer and longer after what broke. */
  peerLinksPerMinuteMax: 60,
  /** A peer's proof: its token, and the endorsements of all keys that it may have. */
  peerProofLengthMax: 16 * 1024,
  /** How long a peer that was dialed may take to let this archive in, and then to prove itself. */
  peerAnswerAtDoorMsMax: 5_000,
  /** How long a failed attempt is waited after, and a peer that has misbehaved is left alone: growing, up to the second. */
  redialMsMin: 500,
  /** An attempt costs little, and for so long a link may be missing after a cut that lasted. */
  redialMsMax: 15_000,
  misbehavedRestMsMin: 60_000,
  misbehavedRestMsMax: 3_600_000,
  /** How often the table is looked at for what other processes have changed. */
  peerSweepMs: 30_000,
  /** Two connections of one pair that are made within this were made at the same moment. */
  linksCrossedMsMax: 10_000,
  /** How long one look at the table serves all metrics. */
  peersSharedMs: 1_000,
  operatorRequestsPerMinuteMax: 600,
  operatorBodyBytesMax: 16 * 1024,
  linkFrameBytesMax: 2 * MiB,
  /** What a peer may leave unread, and how much of it has to leave in every interval. */
  linkUnreadBytesMax: 32 * MiB,
  linkStallMsMax: 20_000,
  linkProgressBytesMin: 16 * 1024,
  // The set that is compared with other archives.
  /** Entries of the log that are worked into the blocks by one transaction. */
  setWindowEntriesMax: 32_768,
  /** What is so far behind, and further than half of the log, is made anew by going through the records in order. */
  setBuildEntriesMin: 131_072,
  setBuildPageItems: 65_536,
  /** Items of a block when it is made, and beyond which it is cut. */
  setBlockItemsGoal: 256,
  setBlockItemsMax: 512,
  /** How long a keeper waits for the one of another process, and how long one may take, or be silent. */
  setLockMsMax: 10_000,
  setWindowMsMax: 15_000,
  setSilenceMsMax: 5_000,
  /** The blocks follow the log at least this late, and rest for so many times as long as they have worked. */
  setUpkeepMsMin: 1_000,
  setUpkeepRestFactor: 9,
  setUpkeepPollMs: 30_000,
  setReadingConnectionsMax: 2,
  setBlocksPerReadMax: 256,
  /** What one step of a comparison may read, of some 15 KB a block; beyond the second it waits for its turn. */
  setBlocksPerStepMax: 4_096,
  setBlocksPerStepShared: 512,
  setItemsKeptBytesMax: 16 * MiB,
  /** A set that is read whole because its scope has lists: some 100 bytes an item. */
  filteredSetItemsMax: 500_000,
  wrongBlocksToldMax: 100,
} as const;
