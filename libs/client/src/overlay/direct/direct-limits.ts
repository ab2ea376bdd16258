/** Every bound and interval of direct delivery (spec/direct.md, "Announcements" and "Delivery"). */
const KiB = 1024;

export const directLimits = {
  /** The largest crate that one message from client to client carries. */
  crateBytesMax: 64 * KiB,
  mailboxesAnnouncedMax: 16,
  announceEveryMs: 5 * 60_000,
  /** Within which all are announced again when others are reached by other ways, and how long not once more. */
  announceSoonMs: 10_000,
  announceRestMs: 30_000,
  /** Announcements of one mailbox whose nodes a crate is handed to: one for each device, and copies that are out of date. */
  nodesPerMailboxMax: 4,
  /** Crates that are being looked for and handed over at a time. */
  sendConcurrency: 8,
  /** How long a search for a mailbox may take, and the handing over of a crate to a node. */
  searchMs: 10_000,
  /** After a crate was taken its receipt has so long before the crate is handed over again. */
  receiptAwaitedMs: 30_000,
  retryBaseMs: 5_000,
  retryMaxMs: 5 * 60_000,
  /** Contacts whose crates wait for their receipts, of each of whom one is kept in mind. */
  sendersMax: 256,
} as const;
