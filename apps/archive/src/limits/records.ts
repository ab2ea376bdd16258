/** Of the WebSocket door, and of records. */
const MiB = 1024 * 1024;

export const recordLimits = {
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
  /** With more than this unread, what may be lost is lost. */
  offerUnreadBytesMax: 128 * 1024,
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
} as const;
