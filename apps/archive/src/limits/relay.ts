/** Of the relay between clients of the overlay (spec/relay.md, "Bounds"). */
const KiB = 1024;
const MiB = 1024 * KiB;

export const relayLimits = {
  relayTicketsPerNetworkDefault: 16,
  relayFramesPerSecondDefault: 50,
  relayBytesPerSecondDefault: 64 * KiB,
  /** Frames of floods: six floods of one's own with four children each, and as many again for each of four others. */
  relayFloodsPerMinuteDefault: 120,
  /** So many seconds' worth of frames and bytes may come at once. */
  relayBurstSeconds: 4,
  /** Nodes whose budgets are remembered until they are full again: far more than are connected at a time. */
  frameBudgetsMax: 32_768,
  /** How often a connection hears that nobody has joined on it, whatever it sends. */
  notJoinedToldMs: 1_000,
  /** How long a node keeps its id, and how long before the end the next one is given. */
  nodeEpochSeconds: 24 * 3_600,
  nodeEpochOverlapSeconds: 3_600,
  /** Networks whose tickets are counted; beyond it the first are forgotten. */
  ticketNetworksMax: 65_536,
  /** How often nodes are looked for whose tickets have expired. */
  nodeSweepMs: 30_000,
  /** What one peer may have carried. */
  peerRelayFramesPerSecondMax: 5_000,
  /** How often a peer may say which nodes are with it: twice as often as archives do. */
  peerNodesPerMinuteMax: 240,
  /** What it says of nodes, in characters: 16 ids, and room for names. */
  peerNewsLengthMax: 1_024,
  peerRelayBytesPerSecondMax: 16 * MiB,
  /** With more than this unread on a link nothing is relayed over it: gossip has room for far more. */
  linkRelayUnreadBytesMax: 128 * KiB,
  /** How often an archive tells its peers of its nodes. */
  tellNodesMs: 60_000,
  /** After a server has joined, as long as no more are there than are told. */
  tellNodesSoonMs: 500,
} as const;
