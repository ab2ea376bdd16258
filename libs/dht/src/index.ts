/** @holdfast/dht: what clients share among themselves. Nothing here does IO, and nothing here knows the time. */
export type { Contact, Role, Sender } from './contacts/contact.js';
export { RoutingTable } from './contacts/routing-table.js';
export { commonPrefix, compareDistance, Key, keyBytes } from './keys/key.js';
export { placeName, type Place, type PlaceKind } from './keys/place.js';
export {
  dayOf,
  feedPlace,
  headPlace,
  mailboxPlace,
  placesOf,
  recordPlace,
  type PlacedRecord,
} from './keys/places.js';
export { ringTarget } from './keys/ring-target.js';
export { TokenBuckets } from './load/token-buckets.js';
export { dhtLimits, dhtSettings, type DhtSettings } from './limits.js';
export { decodeMessage } from './messages/decode-message.js';
export { encodeMessage } from './messages/encode-message.js';
export { itemBytes, messageBytes } from './messages/message-bytes.js';
export {
  isRequest,
  type Answer,
  type Item,
  type ItemMark,
  type LackedItem,
  type Message,
  type MessageKind,
  type Purpose,
  type Question,
  type RefusalCode,
  type Request,
  type ToldContact,
} from './messages/message.js';
export { DhtNode } from './node/dht-node.js';
export type { Dht, DhtNodeInit, DhtStatus, SearchOptions } from './node/dht.js';
export type { Handler, NoAnswer, NodeContext, RequestDraft, Timer } from './node/context.js';
export type {
  Effect,
  FoundIn,
  Misbehaviour,
  RecordMembers,
  SearchCost,
  Verdict,
  VerifiedItem,
} from './node/effect.js';
export { Forwarding, type Forwarded } from './paths/forwarding.js';
export { LinkChoice, type LinkWishes } from './paths/link-choice.js';
export {
  decodePacket,
  encodePacket,
  type ForwardPacket,
  type GonePacket,
  type Packet,
} from './paths/packet.js';
export { Paths, type Way } from './paths/paths.js';
