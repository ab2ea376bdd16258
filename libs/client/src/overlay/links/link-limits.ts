/** Every bound and interval of direct links (spec/direct.md). */
const KiB = 1024;
const MiB = 1024 * KiB;

export const linkLimits = {
  /** Links that are open, being made or waited for, together. */
  linksMax: 16,
  /** Of these, such as others have asked for: they leave room for one's own. */
  linksOfferedMax: 12,
  connectMs: 15_000,
  /** Attempts that one call of `connect` makes, the first one among them. */
  attemptsMax: 2,
  retryMinMs: 1_000,
  retryMaxMs: 3_000,
  /** After all attempts have failed `connect` does nothing for so long. */
  restMs: 60_000,
  /** How long an open link may be without a working path before it counts as ended. */
  waveringMs: 5_000,
  /** Who sends something when nothing has come for so long asks whether the other is there, and waits that long. */
  silenceMs: 8_000,
  pulseAnswerMs: 5_000,
  /** Offers that one contact may make: each of them costs a connection. */
  offersPerWindowMax: 4,
  offersWindowMs: 60_000,
  /** Contacts of whom a rest or offers are remembered; the ones that were met first give way. */
  contactsRememberedMax: 256,

  // signals
  signalBytesMax: 32 * KiB,
  descriptionLengthMax: 16 * KiB,
  candidateLengthMax: 512,
  candidatesPerSignalMax: 16,
  /** Of one attempt, each way. */
  candidatesMax: 32,
  /** How long candidates are gathered for one signal. */
  candidatesGatheredMs: 50,
  /** How long the answering side lets its answer run ahead before it looks for the other. */
  answerHeadStartMs: 250,

  // packets
  packetBytesMax: 256 * KiB,
  /** Every browser carries messages of this size. */
  chunkBytesMax: 16 * KiB,
  /** What may wait in the channel before packets are turned away. */
  bufferedBytesMax: MiB,
  /** What the other side may send, chunks and bytes: a bucket that fills by so much a second. */
  chunksPerSecond: 256,
  chunksBurst: 2_048,
  bytesPerSecond: MiB,
  bytesBurst: 8 * MiB,
} as const;
