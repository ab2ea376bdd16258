/**
 * One node, and a test that is everybody else: it hands over what others send, answers what the node asks, and sees all
 * of its effects. Time stands still unless the test lets it pass.
 */
import type { Contact, Role, Sender } from '../src/contacts/contact.js';
import { Key } from '../src/keys/key.js';
import type { DhtSettings } from '../src/limits.js';
import { isRequest, type Answer, type Item, type Message, type Request } from '../src/messages/message.js';
import { DhtNode } from '../src/node/dht-node.js';
import type { Effect, VerifiedItem } from '../src/node/effect.js';
import { chance, contactOf } from './part-world.js';

type EffectOf<Do extends Effect['do']> = Extract<Effect, { do: Do }>;
type MessageOf<Kind extends Message['kind']> = Extract<Message, { kind: Kind }>;

/** Somebody so far from a point; the distance is that of the first 32 bits. */
export function contactAt(target: Key, distance: number): Contact {
  const bytes = new Uint8Array(target.bytes);
  new DataView(bytes.buffer).setUint32(0, target.head ^ distance);
  return { id: new Key(bytes), archive: 'archive' };
}

/** So many that differ from each other, from the number on. */
export const contactsFrom = (first: number, count: number): Contact[] =>
  Array.from({ length: count }, (_, at) => contactOf(first + at));

export const as = (role: Role, contact: Contact): Sender => ({ ...contact, role });

export class LoneNode {
  readonly effects: Effect[] = [];
  /** What can be verified. */
  readonly items = new Map<Item, VerifiedItem>();
  readonly self = contactOf(0);
  nowMs = 0;
  /** What somebody answers; undefined for nothing, `gone` when it cannot be reached. */
  answer: (to: Contact, request: Request) => Answer | 'gone' | undefined = () => undefined;
  readonly #node: DhtNode;

  constructor(settings: Partial<DhtSettings> = {}) {
    this.#node = new DhtNode({ self: this.self, role: 'server', random: chance(1), nowMs: 0, settings });
  }

  act<T>(act: (node: DhtNode, nowMs: number) => T): T {
    const result = act(this.#node, this.nowMs);
    for (let effects = this.#node.takeEffects(); effects.length > 0; effects = this.#node.takeEffects()) {
      for (const effect of effects) this.#carryOut(effect);
    }
    return result;
  }

  tell(from: Sender, message: Message): void {
    this.act((node, nowMs) => node.received(from, message, nowMs));
  }

  /** Lets time pass. */
  run(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    while ((this.#node.nextDeadline ?? Infinity) <= untilMs) this.step();
    this.nowMs = untilMs;
  }

  /** To the next moment at which the node has planned something. */
  step(): void {
    this.nowMs = this.#node.nextDeadline!;
    this.act((node, nowMs) => node.advance(nowMs));
  }

  /** Lets the node come to know somebody who is there. */
  meet(contact: Contact): void {
    this.tell(as('server', contact), { kind: 'ping', n: 0 });
    const { n } = this.sent('ping').at(-1)!.message;
    this.tell(as('server', contact), { kind: 'pong', n });
  }

  did<Do extends Effect['do']>(what: Do): EffectOf<Do>[] {
    return this.effects.filter((each): each is EffectOf<Do> => each.do === what);
  }

  sent<Kind extends Message['kind']>(kind: Kind): { to: Contact; message: MessageOf<Kind> }[] {
    return this.did('send').filter(
      (each): each is EffectOf<'send'> & { message: MessageOf<Kind> } => each.message.kind === kind,
    );
  }

  #carryOut(effect: Effect): void {
    this.effects.push(effect);
    const { nowMs } = this;
    if (effect.do === 'verify') {
      this.#node.verified(effect.check, { ok: true, item: this.items.get(effect.item)! }, nowMs);
    }
    if (effect.do !== 'send' || !isRequest(effect.message)) return;
    const { to } = effect;
    const answer = this.answer(to, effect.message);
    if (answer === 'gone') this.#node.gone(to.id, nowMs, to.archive);
    else if (answer !== undefined) this.#node.received(as('server', to), answer, nowMs);
  }
}
