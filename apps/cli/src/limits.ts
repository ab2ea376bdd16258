/** Every bound that the command line has beside those of the wire formats (libs/protocol/src/limits.ts). */
const KiB = 1024;
const MiB = 1024 * KiB;

export const cliLimits = {
  /** How long `overlay` waits for other clients when it has joined, and for archives when none can be reached. */
  overlaySettlesSeconds: 2,
  /** A mail beyond this is refused; one that long is attachments for the most part. */
  mailSizeBytesMax: 50 * MiB,
  /** The header lines of all parts of one mail together. */
  mailHeadersBytesMax: 1 * MiB,
  mailNestingMax: 64,
  /** Multiparts in one mail: the parser compares every line that begins with "--" with each of their boundaries. */
  mailBoundariesMax: 500,
  /** What an import keeps in memory for each mail is small, but not nothing. */
  mailsPerImportMax: 1_000_000,
  /** How many Message-Ids of In-Reply-To and References are looked at for a parent, nearest first. */
  ancestorsMax: 8,
  messageIdLengthMax: 998,
  /** Parts of a record of a mail, as bytes of JSON, so that at least 16 KiB are left for the text. */
  mailSubjectBytesMax: 2 * KiB,
  mailAddressesBytesMax: 8 * KiB,
  mailAttachmentsBytesMax: 8 * KiB,
  /** HTML beyond this is not converted to text: the record would cut it anyway. */
  mailHtmlLengthMax: 1 * MiB,
  /** How much of a mail file is read at a time. */
  readBytes: 256 * KiB,
  folderDepthMax: 64,
  /** Mails that are parsed ahead of the one that is signed, by number and by size together. */
  mailsParsedAheadMax: 8,
  mailsParsedAheadBytesMax: 16 * MiB,
  /** Queries for parents that earlier imports have brought, at once. */
  parentQueriesInFlightMax: 64,
  /** A text that is published or sent from stdin: no record or crate could hold more. */
  stdinBytesMax: 1 * MiB,
  contactsMax: 10_000,
  contactNameLengthMax: 64,
  archivesMax: 16,
  /** How long a command that is done waits for what it or an earlier one has left in the outbox to be tried. */
  lastTriesSecondsMax: 3,
  /** Faults beside a command's own work, one line each. */
  problemsSaidMax: 100,
  /** How long `status` waits for an answer about where the message is now. */
  statusSecondsMax: 5,
  /** An archive needs room for PostgreSQL's write-ahead log before it needs any for records. */
  diskFreeBytesMin: 512 * MiB,
  diskFreeBytesWanted: 5 * 1024 * MiB,
  doctorAnswerMsMax: 5_000,
  /** How long the archive may take for what its operator asks: a comparison, or a check of the set. */
  operatorAnswerMsMax: 300_000,
  /** How long "archive peers add" waits for what comes of the first attempts. */
  joinMsMax: 8_000,
  joinPollMs: 200,
  /** Ids that an examination names. */
  differencesShownMax: 20,
  clockOffSecondsWanted: 30,
  clockOffSecondsMax: 600,
  receiptDelaySecondsMax: 24 * 3600,
  durationSecondsMax: 10 * 365 * 24 * 3600,
} as const;
