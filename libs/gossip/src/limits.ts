/** Every bound of a link between archives (spec/gossip.md, "Bounds"), beside those of the records themselves. */
const KiB = 1024;
const second = 1_000;
const minute = 60 * second;

export const gossipLimits = {
  /** A frame, in characters: the largest page, or the largest message of a comparison, and room for names. */
  frameLengthMax: 2 * KiB * KiB,
  /** A greeting, with every list of its scope full. */
  greetingLengthMax: 256 * KiB,
  versionsMax: 16,
  /** Questions of one side that are not answered yet. */
  questionsOpenMax: 8,
  newsIdsMax: 256,
  wantIdsMax: 256,
  /** Bodies in one page, and in one answer to `want`; a single record is answered whatever its size. */
  pageBytesMax: KiB * KiB,
  answerBytesMax: KiB * KiB,
  pageRecordsMax: 4_096,
  departuresMax: 256,
  exchangedPeersMax: 64,
  detailLengthMax: 512,
  /**
   * Bytes of a message of a comparison: the answer may be as long as the question. Each of its ranges makes the other
   * side read the blocks of the set at its edges, of which there is a bound, however large the set is.
   */
  compareMessageBytesMax: 60_000,
  // Time.
  /** A greeting or an answer that has not come after this, while nothing else came either, ends the link. */
  answerMsMax: 30 * second,
  /** However much else came in the meantime. */
  answerInAllMsMax: 120 * second,
  /** A question that waits for something new is answered after this in any case. */
  longPollMsMax: 20 * second,
  /** What has been sent must be on its way after this. */
  sendMsMax: 30 * second,
  /** How long a source looks for something in scope before it says how far it has looked. */
  lookMsMax: 5 * second,
  /** Waiting for what another link fetches, before this link asks for it too. */
  claimPatienceMs: 3 * second,
  /** Growing pauses, with full jitter, while the archive itself or the peer is overloaded or its database away. */
  retryMsMin: 500,
  retryMsMax: minute,
  /** An answer without anything new came sooner than any archive sends it: the next question waits this long. */
  idlePauseMs: second,
  // Taking.
  /** Windows of news whose bodies are being fetched. */
  newsInHandMax: 2,
  /** Pages that are being taken in while the next one is asked for. */
  pagesInHandMax: 2,
  /** Questions for bodies at one time after a comparison. */
  wantsInHandMax: 3,
  /** Ids in a row that the source had named and then did not have: it is asked less often from then on. */
  goneInARowMax: 4_096,
  /** How often a record is tried again that is valid and could not be stored. */
  storeAttemptsMax: 5,
  /** How often the cursor is saved while news come in: what is lost of it is looked at again. */
  saveEveryMs: 2 * second,
  /** What a taker holds, as a share of what the source holds: below the first it takes pages, below the second it reads ids. */
  pagesBelowShare: 1 / 8,
  idsBelowShare: 1 / 2,
  /** Below this a first meeting no longer keeps others from having theirs. */
  meetingRecordsPerMinuteMin: 100,
  // Comparing.
  compareEveryMs: 10 * minute,
  /** As comparisons find nothing to do, up to this. */
  compareEveryMsMax: 80 * minute,
  compareRoundsMax: 256,
  /** Ids that are named beyond what must be, where that spares a round. */
  compareFinalIdsMax: 256,
  /** Items that an answer may make a taker read: lists of a source that means well are short. */
  compareItemsReadMax: 10_000,
  /** Differences after which a comparison stops, fetches, and goes on in the next one. */
  compareIdsMax: 20_000,
  compareMsMax: 2 * minute,
  /** Comparisons of one archive at a time, over all links. */
  comparesMax: 4,
  /** Differences that are named to an operator. */
  comparisonNamedMax: 1_000,
  /** Comparisons that a peer may begin in a minute. */
  comparesServedPerMinuteMax: 12,
  /**
   * After each answer to a comparison, for so many times as long as it took, its peer's next one waits: a message can cost
   * far more than it costs to make it.
   */
  compareRestFactor: 3,
  compareRestMsMax: 2 * second,
  /** A set is kept for so long after a peer's question about it. */
  servedSetIdleMsMax: 30 * second,
  exchangeEveryMs: 6 * 60 * minute,
} as const;
