/** Every bound and interval of the overlay (spec/dht.md, "Bounds"). */
const KiB = 1024;
const MiB = 1024 * KiB;
const second = 1_000;
const minute = 60 * second;

export const dhtLimits = {
  ringsMax: 3,
  /** A message, in bytes: the largest record twice, and room for names. */
  messageBytesMax: 160 * KiB,
  contactsPerAnswerMax: 8,
  /** The largest record; in characters, which are ASCII. */
  itemBytesMax: 64 * KiB,
  itemsPerMessageMax: 16,
  marksPerMessageMax: 1_024,
  deliverBytesMax: 64 * KiB,
  requestsOpenMax: 512,
  searchesMax: 64,
  storesMax: 64,
  /** Places of records that no ring had, and for how long it is remembered who should have. */
  missedMax: 16,
  missedMs: 30 * second,
  /** Items that are handed on in one round of tending. */
  handedOnAtOnceMax: 32,
  /** Neighbours that have not taken what they were brought, and are left alone for a while. */
  unwillingMax: 64,
  /** Items of one search that are verified, which is more than all that it asks can forge; and items that wait for it at all. */
  checksPerSearchMax: 256,
  checksOpenMax: 256,

  /** Nodes to which ways are looked for at a time. */
  waysSoughtMax: 16,

  // lookups
  /** Each path has its share of them, whatever the others are told. */
  lookupCandidatesMax: 64,
  lookupAsksPerPathMax: 22,

  // contacts
  /** Contacts that have not answered and may have been slow. */
  givenUpMax: 64,
  newcomersOpenMax: 8,
  newcomersKnownMax: 256,
  newcomerAgainMs: minute,
  /** Contacts to begin with that have not answered yet. */
  toldContactsMax: 64,
  joinAgainMs: 5 * second,
  /** After which a node that has joined looks around in earnest. */
  joinedMs: 90 * second,
  /** Within which a node looks around when an archive has come or gone. */
  lookAroundMs: 3 * second,
  checkedAtOnceMax: 4,

  // misbehaviour
  misbehaviourContactsMax: 512,
  misbehaviourHalfLifeMs: 10 * minute,
  /** A contact that has this much to its account is left, for so long. */
  misbehaviourMax: 8,
  leftMs: 60 * minute,

  /** How long it is remembered that a request was given up: an answer to it is late, and not unasked. */
  lateMs: minute,
  /** With so many others late within this time, of one archive or at all, a late contact is not to blame. */
  lateTogetherMs: minute,
  lateTogetherOfArchive: 2,
  lateTogetherAll: 8,
  /** Holders of an item that are remembered: those of three rings, and some that have left. */
  toldMax: 24,
  /** Floods that are being passed on, or are one's own, at a time. */
  floodsOpenMax: 256,
  /** Pages that one sibling is asked at a time, and items that it is given: the rest is for the next time. */
  repairPagesMax: 64,
  repairGiftsMax: 16,
  /** Marks in a page from where items come: the more often a page is asked again, the smaller it should be. */
  repairPageSmall: 64,
  /** How long what was found to be shared with a sibling is good for answering. */
  repairListMs: 10 * second,

  // paths
  /** Links from end to end: without archives a lookup must reach those that it is told of. */
  hopsMax: 8,
  /** A frame with what is around it: the message, the ticket and the signature. */
  frameBytesMax: 161 * KiB,
  pathContactsMax: 1_024,
  pathNeighboursMax: 8,
  /** How long it is believed that somebody has a direct link to somebody else. */
  pathMs: 10 * minute,
  /** How long nothing is relayed to a contact that an archive could not reach, if there is another way. */
  relayGoneMs: minute,
  /** What is forwarded for others, and the share of it that one link gets. */
  forwardsPerSecondMax: 20,
  forwardsBurstMax: 100,
  forwardBytesPerSecondMax: 64 * KiB,
  forwardBytesBurstMax: 1 * MiB,
  forwardShareMax: 0.5,

  // links
  /** A contact stays only briefly when it is seen to stay for less than this on average: no links then. */
  lifetimeShortMs: 8 * minute,
  linkTryMs: 30 * second,
  /** How soon a contact that is spoken with is thought of. */
  linkFrequentMs: second,
  linkRestMs: minute,
  linkRestMaxMs: 64 * minute,
  /** A link that was opened is kept for so long, and closed only after it has been of no use for as long. */
  linkKeptMs: 10 * minute,
  linkUsesHalfLifeMs: 10 * minute,
  /** From how many uses on a contact is a frequent one. */
  linkUsesMin: 3,
  linkContactsMax: 256,
  /** Of the links that are wanted, this share is for siblings before frequent contacts get any. */
  linkSiblingShare: 0.375,
  /** And so many of them lead far. */
  linkFarShare: 0.5,

  // load
  /** Of what a node does for others, one contact gets at most this share. */
  loadShareMax: 0.25,
  loadContactsMax: 256,
  /** How many requests over its allowance a contact is answered with `busy`, before it is not answered at all. */
  loadRefusalsMax: 20,
  /** Archives whose round trips are remembered. */
  roundTripsMax: 256,
} as const;

/** What a node can be told to do otherwise: a simulation compares, a phone holds less. */
export const dhtSettings = {
  // table
  bucketSize: 8,
  replacementsPerBucket: 4,
  siblings: 16,
  /** Of one bucket, and of the closest that are stored to, at most so many of one archive, while there are others. */
  perArchiveInBucket: 2,
  perArchiveInClosest: 3,

  // lookups
  disjointPaths: 3,
  /** When a search stops waiting for what it has begun. */
  searchMs: 20 * second,
  timeoutMinMs: 250,
  timeoutMaxMs: 2 * second,
  /** While nothing has come from an archive's clients yet. */
  timeoutFirstMs: second,
  /** How long a ring is given before the next is asked beside it, and the flood beside both. */
  hedgeMs: 400,
  floodAfterMs: 2 * second,
  /** Of what changes: from how many holders the answers are compared. */
  holdersCompared: 3,
  deliverMs: 10 * second,
  /** How often a crate or a receipt is sent in that time: what is too much is dropped on the way without a word. */
  deliverSendings: 3,

  // store
  rings: 2,
  ringsPinned: 3,
  copiesPerRing: 4,
  refreshMs: 10 * minute,
  /** How often what is held is looked after. */
  tendMs: 30 * second,
  /** Extended only by being read or pinned within it. */
  ttlMs: 60 * minute,
  cacheTtlMs: 5 * minute,
  mailboxTtlMs: 10 * minute,
  cacheShareMax: 0.25,
  itemsMax: 4_096,
  bytesMax: 32 * MiB,
  feedItemsMax: 16,
  mailboxItemsMax: 4,

  // upkeep
  selfLookupMs: 5 * minute,
  /** How often silent contacts are asked whether they are there, and from when on they count as silent. */
  checkMs: 30 * second,
  quietMs: 3 * minute,
  siblingSyncMs: 5 * minute,

  // flood
  floodBudget: 64,
  floodFanOut: 4,
  floodDepth: 4,
  floodsSeenMax: 4_096,
  floodSeenMs: minute,
  floodsPerMinuteMax: 6,
  /** How long a flood is waited for, for every hop that it may still go. */
  floodHopMs: second,

  // load
  requestsPerSecondMax: 20,
  requestsBurstMax: 200,
  /** Of both, what an observer answers. */
  observerLoadShare: 0.2,
  linksMax: 16,
  linksWanted: 8,
} as const satisfies Record<string, number>;

export type DhtSettings = { readonly [Name in keyof typeof dhtSettings]: number };
