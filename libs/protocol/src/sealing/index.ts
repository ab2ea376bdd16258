/** The door `@holdfast/protocol/sealing`: the crates' cryptography, apart so that clients load it when they need it. */
export { generateKemKeys, generateMailboxKeys, kemKeysFromSeed } from './mailbox-keys.js';
export { messageType, type Message, type MessageContent } from './message.js';
export { openCrate, type OpenedCrate, type OpeningKeys } from './open.js';
export { sealCrate, type SealedCrate, type SealInput } from './seal.js';
export type { KemKeys, MailboxKeys } from '../mailboxes/keys.js';
