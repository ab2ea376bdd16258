/**
 * What joining gives a node: its id, and the archive's ticket that binds the id to its key for a while. An archive is
 * believed neither about the one nor the other (spec/relay.md, "Tickets").
 */
import { Key, type Contact } from '@holdfast/dht';
import {
  decodeBase64url,
  encodeBase64url,
  HoldfastError,
  verifyTicket,
  type AnswerOf,
  type SigningKey,
  type Ticket,
} from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';

export interface Membership {
  readonly self: Contact;
  readonly ticket: Ticket;
  readonly budget: RelayBudget;
}

/** What the archive carries of a client; what is over it the archive drops. */
export interface RelayBudget {
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly floodsPerMinute: number;
}

/** Throws `answer-invalid`. */
export async function readMembership(
  answer: AnswerOf<'joined'>,
  archive: string,
  key: SigningKey,
  clock: Clock,
  aheadSeconds: number,
): Promise<Membership> {
  const bytes = decodeBase64url(answer.ticket) ?? new Uint8Array();
  const ticket = await verifyTicket(bytes, archive, secondsOf(clock) + Math.max(0, aheadSeconds));
  if (!ticket.ok) throw new HoldfastError('answer-invalid', ticket.detail);
  const self = { id: new Key(ticket.value.node), archive };
  const isOurs = answer.node === self.id.text && isSameKey(ticket.value.nodeKey, key);
  if (!isOurs) throw new HoldfastError('answer-invalid', 'The archive gave the ticket of another node.');
  const { framesPerSecond, bytesPerSecond, floodsPerMinute } = answer;
  return { self, ticket: ticket.value, budget: { framesPerSecond, bytesPerSecond, floodsPerMinute } };
}

const isSameKey = (bytes: Uint8Array, { publicKey }: SigningKey): boolean =>
  encodeBase64url(bytes) === publicKey;
