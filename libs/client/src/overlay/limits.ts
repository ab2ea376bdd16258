/**
 * Every bound and interval of the client's overlay; apart from the package's other limits, which a page loads at first. What
 * the node itself bounds is in @holdfast/dht's dhtLimits and dhtSettings.
 */
export const overlayLimits = {
  /** How long the other clients have before the archives are asked beside them, or before their page counts. */
  hedgeMs: 600,
  /** How long an answer without the archives is waited for when the client has only begun to join. */
  joinPatienceMs: 5_000,
  /** Of what was read before the node was there: so many records it answers for as well. */
  readKeptMax: 256,
  /** How long a client that asks for a server's role is an observer first: most that come go again soon. */
  servesAfterMs: 10 * 60_000,
  /** Where the archive names fewer, of the 8 that it names at most, it serves at once: it is needed. */
  serversEnough: 8,

  // home
  /** When the home archive has been away for so long another archive becomes it. */
  rehomeMs: 30_000,
  joinBackoffBaseMs: 2_000,
  joinBackoffMaxMs: 5 * 60_000,
  /** A ticket is not renewed more often than this, whatever its expiry. */
  renewEveryMs: 60_000,
  renewMaxMs: 24 * 3_600_000,
  /** How often a client that is alone asks who else is there. */
  companyAskedBaseMs: 2_000,
  companyAskedMaxMs: 5 * 60_000,
  contactsKeptMax: 64,
  contactsKeptEveryMs: 5 * 60_000,

  // traffic
  /**
   * Frames that wait until the archive carries more, by what they are for, and how long: a node waits for an answer for
   * no more than two seconds.
   */
  relayWaitingMax: 64,
  relayWaitingBytesMax: 512 * 1024,
  relayWaitMaxMs: 2_000,
  /** How many seconds' worth of the budgets may go at once: the archive lets one more pass (spec/relay.md, "Bounds"). */
  relayBurstSeconds: 3,
  relayFloodsBurstSeconds: 59,
  /** Of the floods that the archive carries, what is kept for one's own. */
  relayFloodsKeptShare: 0.25,
  /** Frames that are being signed or verified at a time; further ones are dropped, as a network would. */
  framesUnderwayMax: 256,
  /** Tickets of other nodes, and who has this node's. */
  ticketsKnownMax: 4_096,
  /** Frames that wait for the ticket of their sender, one each, and after how long it is asked for again. */
  unreadFramesMax: 64,
  ticketAskedEveryMs: 2_000,
  /** Items that are being verified for the node at a time; it is told of further ones that they are not good. */
  checksMax: 512,

  // records
  /** Of one's own, the newest are kept fresh in the overlay; beside them those that wait for an archive. */
  ownRecordsMax: 64,
  waitingRecordsMax: 512,
  pinnedRecordsMax: 256,
  /** How many records a flood asks for. */
  floodRecordsMax: 64,
  /** Retractions that are remembered by what they retract. */
  retractionsMax: 4_096,
  /** Of the records that were verified last, whose they are and where: a retraction counts when it is theirs. */
  recordsKnownMax: 8_192,
} as const;
