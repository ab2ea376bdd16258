/** All files of vectors/, as tools/write-vectors.mjs writes them. The same every time: keys, times and randomness are fixed. */
import type { Json } from '../../encoding/strict-json.js';
import type { VectorFile } from '../vector-file.js';
import { announcementVectors } from './announcement-vectors.js';
import { departureBodyVectors, offerBodyVectors } from './archive-vectors.js';
import { crateVectors } from './crate-vectors.js';
import { custodyVectors, departureVectors } from './custody-vectors.js';
import { filterVectors, requestVectors } from './door-vectors.js';
import { cardVectors, proofVectors, receiptVectors } from './mailbox-vectors.js';
import { conversationVectors, markVectors } from './message-vectors.js';
import { frameVectors, nodeIdVectors, ticketVectors } from './node-vectors.js';
import { payloadVectors } from './payload-vectors.js';
import { base64urlVectors, publicKeyVectors, signatureVectors } from './primitive-vectors.js';
import { recordVectors } from './record-vectors.js';
import { nodeNewsVectors, relayedFrameVectors } from './relay-vectors.js';
import { openingKeys, openingVectors, sealingVectors } from './sealing-vectors.js';

export async function vectorFiles(): Promise<VectorFile[]> {
  const file = (kind: string, about: string, cases: VectorFile['cases']): VectorFile => ({
    kind,
    about,
    cases,
  });
  return [
    file('base64url', 'Canonical base64url: spec/records.md, "base64url".', base64urlVectors()),
    file('public-keys', 'Acceptable Ed25519 public keys: spec/records.md, "Signatures".', publicKeyVectors()),
    file('signatures', 'Strict Ed25519: spec/records.md, "Signatures".', await signatureVectors()),
    file('records', 'Records, verified at the time `now`: spec/records.md.', [
      ...(await payloadVectors()),
      ...(await recordVectors()),
    ]),
    file(
      'crates',
      'Envelopes, as an archive checks them at the time `now`: spec/crates.md, "Envelope".',
      await crateVectors(),
    ),
    file('sealing', 'Sealing with given randomness: spec/crates.md, "Sealing".', await sealingVectors()),
    {
      ...file('opening', 'Opening with the keys that `kem` names, in order: spec/crates.md, "Opening".', [
        ...(await openingVectors()),
        ...(await conversationVectors()),
      ]),
      keys: (await openingKeys()) as unknown as { readonly [name: string]: Json },
    },
    file(
      'receipts',
      'Receipts and recalls: spec/crates.md, "Acknowledging" and "Recall".',
      await receiptVectors(),
    ),
    file('proofs', 'What a mailbox key signs: spec/crates.md, "Proofs".', await proofVectors()),
    file(
      'custody',
      'Custody receipts for the given crate, read at the time `now`: spec/custody.md, "Custody receipts".',
      await custodyVectors(),
    ),
    file('departures', 'What lets a crate go: spec/crates.md, "Leaving".', await departureVectors()),
    file('marks', 'Marks of messages: spec/conversations.md, "Marks and notices".', await markVectors()),
    file('cards', 'Records read as mailbox cards: spec/crates.md, "Mailbox cards".', await cardVectors()),
    file(
      'announcements',
      'Announcements of the given mailbox and day (or at the given place), read at the time `now`: spec/direct.md, "Announcements".',
      await announcementVectors(),
    ),
    file('requests', 'Frames of the WebSocket door: spec/doors.md, "Frames".', await requestVectors()),
    file(
      'offer-bodies',
      'Bodies of POST /v1/crates/offers: spec/custody.md, "Offers".',
      await offerBodyVectors(),
    ),
    file(
      'departure-bodies',
      'Bodies of POST /v1/crates/departures: spec/custody.md, "Departures".',
      await departureBodyVectors(),
    ),
    file(
      'relayed-frames',
      'Binary messages between clients and archives: spec/relay.md, "Frames".',
      await relayedFrameVectors(),
    ),
    file(
      'node-news',
      'What archives say of nodes on the links of peers: spec/relay.md, "Between archives".',
      await nodeNewsVectors(),
    ),
    file(
      'tickets',
      'Tickets of nodes, read at the time `now`: spec/dht.md, "Tickets and node ids".',
      await ticketVectors(),
    ),
    file('node-ids', 'Ids of nodes: spec/dht.md, "Tickets and node ids".', await nodeIdVectors()),
    file(
      'frames',
      'Frames that come to the node `self`, which knows the tickets `known`: spec/dht.md, "Frames".',
      await frameVectors(),
    ),
    file('filters', 'Query strings of GET /v1/records: spec/doors.md, "Filters".', filterVectors()),
  ];
}

/** The file as it is committed. */
export const textOfFile = (file: VectorFile): string => `${JSON.stringify(file, null, 2)}\n`;
