/** Every bound that the archive has beside those of the wire formats (libs/protocol/src/limits.ts). */
const MiB = 1024 * 1024;

export const archiveLimits = {
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
  // Crates.
  /** What may wait in a mailbox that anybody may know, or that nobody has collected here lately. */
  ordinaryMailboxCratesMax: 1_000,
  ordinaryMailboxBytesMax: 64 * MiB,
  /** What may wait in one that is on no card and is collected here: only those can write to it whom its owner told. */
  mailboxCratesMax: 10_000,
  mailboxBytesMax: 512 * MiB,
  /** What may wait in all mailboxes together, unless a setting says otherwise. */
  cratesBytesMaxDefault: 16 * 1024 * MiB,
  crateCountMs: 60_000,
  /** For how long a mailbox counts as collected, and how often that is written down. */
  collectedMsMax: 60 * 24 * 3_600_000,
  collectedNotedMs: 3_600_000,
  /** Empty mailboxes that are remembered for that; when there are more, this share of them is kept. */
  collectedMailboxesMax: 200_000,
  collectedKeptShare: 0.9,
  collectedSweepMs: 60_000,
  collectedForgottenMax: 10_000,
  /** Cards of one mailbox that are looked at. */
  cardsOfMailboxMax: 16,
  /** Networks and archives whose deposits are counted, of some 200 bytes each. */
  depositorsMax: 65_536,
  depositsPerMinuteDefault: 600,
  depositBytesPerMinuteDefault: 64 * MiB,
  /** What may come at once: so many minutes' worth. */
  depositsBurstMinutes: 5,
  depositBytesBurstMinutes: 8,
  /** What an archive may bring, beside one network. */
  archiveDepositsFactor: 10,
  /** How long it is known when a full mailbox, or the archive, has room again, and for how many mailboxes. */
  roomAgainMs: 60_000,
  roomAgainKeptMax: 4_096,
  diskReserveBytesDefault: 1024 * MiB,
  diskFreshMs: 500,
  hashedInLineBytesMax: 16 * 1024,
  /** Deposits, and ways out, that are committed together. */
  cratesPerCommitMax: 256,
  crateBytesPerCommitMax: 8 * MiB,
  /** Deposits, and ways out, that wait for their commit before further ones are refused. */
  cratesQueuedMax: 2_048,
  crateBytesQueuedMax: 64 * MiB,
  /** Connections on which the status of crates is read. */
  statusConnectionsMax: 2,
  /** Custody receipts that are kept, of some 400 bytes each. */
  custodyReceiptsKeptMax: 16_384,
  /** Connections on which the receipts log is read. */
  receiptsConnectionsMax: 2,
  /** How long an answer from it is shared, and what all that are kept for that may hold: some 100 bytes an entry. */
  receiptsSharedMs: 1_000,
  receiptsSharedEntriesMax: 65_536,
  /** For proxies: an hour that is over. */
  receiptsCacheSecondsMax: 60,
  /** How far back it may reach: the longest life of a crate, and what clocks may differ at both ends. */
  receiptsHoursMax: 30 * 24 + 3 * 12,
  /** How often a commit is tried that another one has crossed. */
  crateCommitAttemptsMax: 5,
  /** Crates that one collect has been handed and not answered. */
  collectWindowCratesMax: 128,
  collectWindowBytesMax: 4 * MiB,
  /** Crates that are read and sent at once: one of the largest, or some smaller ones. */
  collectBatchCratesMax: 64,
  collectBatchBytesMax: MiB,
  /** A crate that stays unanswered is sent again after the first, plus at most the second, doubled each time. */
  deliveryRetryMsMin: 5_000,
  deliveryRetryJitterMs: 5_000,
  deliveryRetryJitterMsMax: 600_000,
  /** A first attempt is written down when it is unanswered after this, at most twice: before the next one is due. */
  deliveryNotedMs: 2_000,
  /** How often the tables are searched for what the queue has forgotten. */
  deliverySweepMs: 5_000,
  deliverySweepMailboxesMax: 1_000,
  /** How often a collect asks the tables for what is due although it knows of nothing. */
  deliveryRecheckMs: 60_000,
  /** How often departures are looked for that nobody has told of, and how many are numbered together. */
  departuresSweepMs: 5_000,
  departuresNumberedMax: 1_000,
  expirySweepMs: 60_000,
  expiryBatchMax: 1_000,
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
  // Errands.
  errandRetryMsMin: 1_000,
  errandRetryMsMax: 3_600_000,
  errandSweepMs: 5_000,
  /** Errands at one target that are done together, and the bytes of their crates that are read together. */
  errandBatchMax: 128,
  errandBatchBytesMax: 2 * 1024 * 1024,
  /** Crates on their way to one target at once. */
  errandBringsAtOnce: 4,
  /** Targets at once that have done well, and beside them those that have not, or are new. */
  errandTargetsAtOnce: 16,
  errandDoubtfulTargetsAtOnce: 32,
  /** A batch begins nothing new after the first; its target counts as slow from the second on. */
  errandBatchMsMax: 30_000,
  errandSlowMsMin: 10_000,
  /** How long a target that failed rests, whatever is due there. */
  errandTargetRestMsMin: 500,
  errandTargetRestMsMax: 60_000,
  errandTargetsMax: 4_096,
  /** How often a target may be heard of and have its errands hurried by it. */
  errandHurryMsMin: 5_000,
  errandHurryBatchMax: 4_096,
  /** Errands of later that are put into the queue at the start; the sweep finds the others. */
  errandsQueuedAtStartMax: 1_000,
  /** Crates that were offered and have not come: of one archive, of all, and how long they are expected. */
  offersPerArchiveMax: 4_096,
  offersMax: 65_536,
  /** And of one crate: all of them are read, and their proofs are checked, in the commit that takes it in. */
  offersPerCrateMax: 16,
  offerHoursMax: 2,
  /** Ways out that were told of before their crates came: of one archive, and of all. */
  earlyDeparturesPerArchiveMax: 4_096,
  earlyDeparturesMax: 65_536,
  offerSweepMs: 60_000,
  /** How often they are counted because there seems to be no room. */
  offerRecountMsMin: 1_000,
  offerBatchMax: 1_000,
  // The WebSocket door.
  connectionsMaxDefault: 12_000,
  heartbeatMs: 30_000,
  /** A frame that grows by less than this in a heartbeat's interval is taken for one that never ends. */
  frameProgressBytesMin: 16 * 1024,
  frameFragmentsMax: 1_024,
  frameChunksMax: 8_192,
  /** What all connections together may hold of frames that are not whole and answers that are not read. */
  connectionsBytesMax: 256 * MiB,
  /** When that is used up, connections whose unfinished frame is larger than this are closed. */
  unfinishedBytesMin: 64 * 1024,
  /** A connection counts as drained with at most this much unread, and as too slow with more than the second. */
  unreadDrainedBytesMax: 256 * 1024,
  /** Far more than one batch of a collect, and what every follow may send before it waits. */
  unreadBytesMax: 32 * MiB,
  malformedFramesMax: 16,
  closeMsMax: 5_000,
  stopConnectionsMsMax: 5_000,
  // Records.
  searchTextLengthMax: 32 * 1024,
  /** Small ones, so that the next commit can fill up while the thread goes on. */
  verificationBatchRecordsMax: 16,
  verificationBatchBytesMax: MiB,
  /** One that is worked at and one that waits, so that a thread is never idle for want of a message. */
  verificationBatchesPerThread: 2,
  verificationHeapMiBMax: 64,
  verificationYoungHeapMiBMax: 32,
  verificationRestartMs: 1_000,
  recordsPerCommitMax: 256,
  recordBytesPerCommitMax: 4 * MiB,
  commitWaitMsMax: 5,
  /** When the words of new records are moved to their places in the search index. */
  searchPendingRecordsMax: 2_000,
  searchPendingMsMax: 3_000,
  /** Records on their way from the door to the commit, beyond which further ones are refused. */
  recordsQueuedMax: 8_192,
  recordBytesQueuedMax: 32 * MiB,
  recordWeightBytesMin: 1_024,
  /** Of these, what other archives hand over: enough for the groups that are on their way to the commit. */
  recordsHandedOverMax: 1_024,
  recordBytesHandedOverMax: 8 * MiB,
  appendLockMsMax: 10_000,
  appendMsMax: 15_000,
  /** How long the holder of the log's lock may send nothing: less than others wait for it. */
  appendSilenceMsMax: 5_000,
  publishLinesInFlight: 64,
  recordCacheSecondsMax: 3_600,
  queryMsMax: 5_000,
  /** A server that is there has ended the query long before: clients must hear of it while they still wait. */
  queryAnswerMsMax: 10_000,
  queryConnectionsMax: 6,
  /** For followers that catch up; the tail reads on one of its own, so that nobody's backlog delays what is new. */
  followConnectionsMax: 2,
  queriesWaitingMax: 512,
  /** Over all connections: more than there are connections, unless a setting says otherwise. */
  followsMax: 16_384,
  /** A page, or a batch of a follow, ends with the record that reaches this: a frame has room for it. */
  pageBytesMax: MiB,
  /** How much of the log a follower that is behind looks through at once. */
  followWindowSeqs: 20_000,
  followBatchEntriesMax: 256,
  /** For other archives: what is new, and what lies further back. */
  gossipConnectionsMax: 2,
  gossipBehindConnectionsMax: 1,
  /** The end of the log that is kept in memory for all followers. */
  recentEntriesMax: 4_096,
  recentBytesMax: 16 * MiB,
  caughtUpEverySeqs: 1_000,
  tailPollMs: 5_000,
  listenRetryMs: 500,
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
