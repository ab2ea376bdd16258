/**
 * Nodes in virtual time for tests of one part of them at a time: a context for each, messages that take their time, and
 * a seed that repeats all of it. Nodes can be absent (`gone`) or say nothing (`silent`).
 */
import { dhtSettings, type DhtSettings } from '../src/limits.js';
import {
  isRequest,
  type Answer,
  type Item,
  type Message,
  type Question,
  type Request,
} from '../src/messages/message.js';
import { Key } from '../src/keys/key.js';
import type { Contact, Role, Sender } from '../src/contacts/contact.js';
import type { NoAnswer, NodeContext, RequestDraft, Timer } from '../src/node/context.js';
import type { Effect, Misbehaviour, Verdict } from '../src/node/effect.js';

/** A key that begins with the number and has nothing else in it. */
export function keyOf(number: number): Key {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return new Key(bytes);
}

export const contactOf = (number: number): Contact => ({ id: keyOf(number), archive: 'archive' });

/** Numbers from 0 to below 1 (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Items in tests say what they are: `id iat`, and perhaps more to make them longer, is true, anything else is forged.
 * A record lies at its id, a revision at the head of its number's last two digits.
 */
export const itemOf = (id: number, iat = 1): Item => `${id} ${iat}`;

export function verdictOf(item: Item, belongs: Question): Verdict {
  const [id, iat] = item.split(' ').map(Number);
  if (id === undefined || iat === undefined || Number.isNaN(id + iat))
    return { ok: false, code: 'record-signature-invalid' };
  if ('place' in belongs) {
    const { kind, key } = belongs.place;
    const isThere = key.equals(keyOf(kind === 'record' ? id : id % 100));
    if (!isThere) return { ok: false, code: 'record-out-of-scope' };
  }
  return { ok: true, item: { item, id: keyOf(id), iat } };
}

interface Happening {
  readonly atMs: number;
  readonly order: number;
  readonly call: () => void;
  cancelled: boolean;
}

export class PartWorld {
  nowMs = 0;
  readonly nodes = new Map<string, PartNode>();
  /** Every message that was sent. */
  readonly sent: { readonly from: Contact; readonly to: Contact; readonly message: Message }[] = [];
  readonly random: () => number;
  #happenings: Happening[] = [];
  #order = 0;

  constructor(seed: number) {
    this.random = chance(seed);
  }

  add(number: number, settings: Partial<DhtSettings> = {}, role: Role = 'server'): PartNode {
    const node = new PartNode(this, contactOf(number), { ...dhtSettings, ...settings }, role);
    this.nodes.set(node.self.id.text, node);
    return node;
  }

  at(atMs: number, call: () => void): Happening {
    const happening = { atMs, order: this.#order++, call, cancelled: false };
    this.#happenings.push(happening);
    return happening;
  }

  /** Until nothing is left to happen, or the time has come. */
  run(untilMs = Infinity): void {
    for (;;) {
      let next: Happening | undefined;
      this.#happenings = this.#happenings.filter(({ cancelled }) => !cancelled);
      for (const each of this.#happenings) {
        if (
          next === undefined ||
          each.atMs < next.atMs ||
          (each.atMs === next.atMs && each.order < next.order)
        )
          next = each;
      }
      if (next === undefined || next.atMs > untilMs) break;
      next.cancelled = true;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.call();
    }
    if (untilMs !== Infinity) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  send(from: PartNode, to: Contact, message: Message): void {
    this.sent.push({ from: from.self, to, message });
    const sender: Sender = { ...from.self, role: from.role };
    this.at(this.nowMs + 10 + Math.floor(this.random() * 90), () =>
      this.nodes.get(to.id.text)?.receive(sender, message),
    );
  }
}

export class PartNode implements NodeContext {
  readonly effects: Effect[] = [];
  /** What answers requests here; one that has none is silent. */
  onRequest: ((from: Sender, request: Request) => void) | undefined;
  verified = 0;
  readonly #asked = new Map<number, (answer: Answer | NoAnswer) => void>();
  #n = 0;

  constructor(
    private readonly world: PartWorld,
    readonly self: Contact,
    readonly settings: DhtSettings,
    public role: Role,
  ) {}

  get nowMs(): number {
    return this.world.nowMs;
  }

  /** Requests that have neither been answered nor given up. */
  get asking(): number {
    return this.#asked.size;
  }

  random(): number {
    return this.world.random();
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  misbehaved(contact: Contact, what: Misbehaviour): void {
    this.effect({ do: 'misbehaved', contact, what, left: false });
  }

  ask(
    to: Contact,
    draft: RequestDraft,
    settled: (answer: Answer | NoAnswer) => void,
    withinMs = 1_000,
  ): void {
    const n = this.#n++;
    this.#asked.set(n, settled);
    this.world.send(this, to, { ...draft, n } as Request);
    const isGone = !this.world.nodes.has(to.id.text);
    const settle = (): void => this.#settle(n, isGone ? 'gone' : 'silent');
    this.world.at(this.nowMs + (isGone ? 20 : withinMs), settle);
  }

  reply(to: Sender, answer: Answer): void {
    this.world.send(this, to, answer);
  }

  /** At once or a little later, as it comes. */
  verify(item: Item, belongs: Question, from: Sender, settled: (verdict: Verdict) => void): void {
    this.verified++;
    const verdict = verdictOf(item, belongs);
    if (!verdict.ok) this.misbehaved(from, 'forged-item');
    if (this.random() < 0.5) settled(verdict);
    else this.world.at(this.nowMs + 1, () => settled(verdict));
  }

  after(delayMs: number, call: () => void): Timer {
    const happening = this.world.at(this.nowMs + delayMs, call);
    return { cancel: () => (happening.cancelled = true) };
  }

  receive(from: Sender, message: Message): void {
    if (isRequest(message)) this.onRequest?.(from, message);
    else this.#settle(message.n, message);
  }

  #settle(n: number, answer: Answer | NoAnswer): void {
    const settled = this.#asked.get(n);
    this.#asked.delete(n);
    settled?.(answer);
  }
}
