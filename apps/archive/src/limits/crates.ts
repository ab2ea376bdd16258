/** Of crates, and of what is done about them at other archives. */
const MiB = 1024 * 1024;

export const crateLimits = {
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
} as const;
