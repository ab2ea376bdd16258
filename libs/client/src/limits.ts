/** Every bound, interval and lifetime of the client. What the wire formats bound is in @holdfast/protocol's limits. */
const KiB = 1024;
const MiB = 1024 * KiB;
const daySeconds = 24 * 3_600;

export const limits = {
  archivesMax: 16,

  // link
  requestTimeoutMs: 30_000,
  patienceMs: 5_000,
  connectTimeoutMs: 10_000,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  /** A connection that lasted so long, or answered a request, counts as a success: backoff begins anew after it. */
  stableAfterMs: 10_000,
  /** A waiting link is tried sooner when somebody asks for something, but not more often than this. */
  attemptEveryMs: 1_000,
  heartbeatIdleMs: 20_000,
  heartbeatTimeoutMs: 10_000,
  inFlightMax: 128,
  pendingMax: 1_024,
  pendingBytesMax: 32 * MiB,
  /** Far more than a page of an archive has, whose own bound may be another. */
  answerSizeBytesMax: 16 * MiB,

  // records
  /** After so long without an answer the next archive is asked beside the first. */
  hedgeMs: 1_500,
  publishManyInFlight: 96,
  refusalsListedMax: 1_000,
  /** What an error quotes of the scopes of archives. */
  scopesQuotedLengthMax: 1_000,
  outboxEntriesMax: 10_000,
  outboxConcurrency: 32,
  outboxBackoffBaseMs: 1_000,
  outboxBackoffMaxMs: 5 * 60_000,
  recordsCachedBytesMax: 8 * MiB,
  followBufferMax: 1_000,
  followBufferBytesMax: 8 * MiB,
  followRetryMaxMs: 60_000,
  /** Archives that gossip all have every record: a partition may be as long as this and nothing comes twice. */
  followSeenMax: 16_384,
  followSeenStoredMax: 1_024,
  followNameLengthMax: 128,
  followCursorLengthMax: 4 * KiB,

  // crates
  expiryHoursDefault: 14 * 24,
  recipientsMax: 64,
  cardFreshSeconds: 600,
  /** How long archives may take to tell of a newer card when there is a kept one. */
  cardPatienceMs: 1_500,
  cardsCachedMax: 1_000,
  /** What is sealed to a card expires at most so long after the card was looked up: its key may be replaced at once. */
  cardGoodSeconds: 30 * daySeconds,
  /** How many archives hold a crate, and how many of them must have promised it before it is durable. */
  holdersDefault: 3,
  copiesDefault: 2,
  /** Deposits on the wire to one archive. */
  depositConcurrency: 16,
  /** A quota that lasts longer is tried all the same. */
  quotaPatienceMs: 3_600_000,
  /** Hours of the receipts log that are read at a time; more than the longest lifetime has. */
  receiptHoursMax: 800,
  statusIntervalMinMs: 1_000,
  statusIntervalMaxMs: 60_000,
  messagesKeptSeconds: 30 * 24 * 3_600,
  /** How often a program that goes on looks for what it may forget. */
  forgetEveryMs: 24 * 3_600_000,
  statusBufferMax: 10_000,
  inboxBufferMax: 256,
  inboxBufferBytesMax: 16 * MiB,
  inboxBackoffBaseMs: 1_000,
  inboxBackoffMaxMs: 5 * 60_000,
  /** Messages whose handler has failed and that wait in memory; the archive offers further ones again later. */
  inboxFailedMax: 256,
  /** How often a quiet inbox looks round; what arrives wakes it at once. */
  inboxIdleMs: 60_000,
  inboxDrainPollMs: 250,
  /** How long closing waits for a handler that is running. */
  closeGraceMs: 5_000,
  /** An archive that says nothing for so long has nothing more that waits. */
  inboxSilenceMs: 5_000,
  /** How often an inbox looks for mailboxes that another program on the storage has made, and at what else is due. */
  inboxChoresMs: 10_000,
  /** Collects that are begun at one archive at a time. */
  collectsBegunMax: 16,

  // receipts
  receiptDelayMsDefault: 2_000,
  receiptDelayMsMax: 24 * 3_600_000,
  /** So many are sent before their time: the archive's window is 128, and it hands over no more while that is full. */
  receiptsBatchMax: 64,

  // fellows
  /**
   * A message whose crates have expired can be brought by a fellow or sent again by its sender, who keep it for a month
   * then, in a crate that lasts another one.
   */
  messageRememberedSeconds: 3 * 31 * daySeconds,
  keptMessageSeconds: 31 * daySeconds,
  keptMessagesMax: 2_000,
  keptMessagesBytesMax: 32 * MiB,
  /** One that is brought and older than this has been forgotten by every honest fellow. */
  broughtAgeSecondsMax: 2 * 31 * daySeconds,
  catchUpAfterHoursDefault: 24,
  catchUpAfterHoursMax: 31 * 24,
  /** Messages that were on their way when everything was last collected. */
  catchUpOverlapSeconds: daySeconds,
  collectedNotedEverySeconds: 600,
  fellowKnownSeconds: 60 * daySeconds,
  fellowNotedEverySeconds: 3_600,
  fellowsKnownMax: 1_024,
  fellowsAskedMax: 32,
  devicesKnownMs: 3_600_000,
  /** How long after the expiry of its crates fellows are told of a message. */
  fellowTellMsMax: 3_600_000,
  fellowRetrySeconds: 3_600,
  fellowAnsweredEverySeconds: 600,
  /** A message that was brought to a device is on its way there, and brought again when that has been lost as well. */
  broughtAgainAfterSeconds: daySeconds,
  strangersAnsweredPerHourMax: 64,
  broughtMessagesMax: 200,
  broughtBytesMax: 16 * MiB,

  // own mailboxes
  kemRotationDaysDefault: 7,
  /** A replaced key stays for a month, and each of them is tried on what comes in. */
  kemRotationDaysMin: 1,
  kemRotationDaysMax: 365,
  /** Beside the public one; a connection collects from 256. */
  pairwiseMailboxesMax: 255,
  /** A contact is told of the address again before its copy is too old to be used. */
  replyRenewedAfterSeconds: 14 * daySeconds,
  replyGoodSeconds: 21 * daySeconds,
  /** How long a key that is told exists for certain: it may be replaced at once. */
  replyKeySeconds: 30 * daySeconds,
  /** After that no crate can be on its way to a mailbox of which nobody was told since. */
  pairwiseKeptSeconds: (21 + 31) * daySeconds,
  heardNotedEverySeconds: 3_600,
  contactAddressesMax: 1_024,

  // storage
  storageKeyLengthMax: 1_024,
  storageValueLengthMax: 4 * MiB,
  journalCompactBytesMin: MiB,
  journalCompactRatio: 4,
  journalInlineLengthMax: 512,
  lockPollMs: 500,
} as const;
