/** The door `@holdfast/protocol/sealing`: the crates' cryptography, apart so that clients load it when they need it. */
export { generateKemKeys, generateMailboxKeys, kemKeysFromSeed } from './mailbox-keys.js';
export {
  markOf,
  messageType,
  type HaveNotice,
  type Message,
  type MessageContent,
  type MessageNotice,
  type ReplyAddress,
} from './message.js';
export { openCrate, type OpenedCrate, type OpeningKeys } from './open.js';
export { sealAgain, sealCrate, type SealAgainInput, type SealedCrate, type SealInput } from './seal.js';
export type { KemKeys, MailboxKeys } from '../mailboxes/keys.js';
