/**
 * Brings bytes of the application to another node's application, and says what became of them. Without a relay a way is
 * looked for first where none is known: those near the other node tell who has a direct link to it.
 */
import type { Contact, Sender } from '../contacts/contact.js';
import { dhtLimits } from '../limits.js';
import type { Lookups } from '../lookups/lookups.js';
import type { Answer, Purpose, RefusalCode, Request } from '../messages/message.js';
import type { NoAnswer, NodeContext } from './context.js';
import type { Neighbours } from './neighbours.js';

export interface DeliveryParts {
  readonly context: NodeContext;
  readonly lookups: Lookups;
  readonly neighbours: Neighbours;
}

export class Deliveries {
  #begun = 0;
  /** By whom a way is looked for to. */
  #sought: Map<string, (() => void)[]> | undefined;

  constructor(private readonly parts: DeliveryParts) {}

  begin(to: Contact, purpose: Purpose, bytes: Uint8Array): number {
    const { context, neighbours } = this.parts;
    const delivery = ++this.#begun;
    const ended = (answer: Answer | NoAnswer): void => {
      const outcome =
        typeof answer === 'string' ? answer : answer.kind === 'delivered' ? 'delivered' : 'refused';
      context.effect({ do: 'delivered', delivery, outcome });
    };
    this.#ask(to, purpose, bytes, (answer) => {
      if (answer === 'gone' && !neighbours.isRelayed) {
        this.#seek(
          to,
          () => this.#ask(to, purpose, bytes, ended),
          () => ended(answer),
        );
      } else ended(answer);
    });
    return delivery;
  }

  received(from: Sender, { n, purpose, bytes }: Extract<Request, { kind: 'deliver' }>): void {
    if (bytes.length > dhtLimits.deliverBytesMax) this.answer(from, n, 'invalid');
    else this.parts.context.effect({ do: 'deliver', from, n, purpose, bytes });
  }

  answer(to: Contact, n: number, refusal: RefusalCode | undefined): void {
    this.parts.context.reply(
      { ...to, role: 'server' },
      refusal === undefined ? { kind: 'delivered', n } : { kind: 'refused', n, code: refusal },
    );
  }

  #ask(to: Contact, purpose: Purpose, bytes: Uint8Array, settled: (answer: Answer | NoAnswer) => void): void {
    const { context } = this.parts;
    const { deliverMs, deliverSendings } = context.settings;
    // Crates and receipts do no harm when they come twice; whoever signals has deadlines of its own.
    const sendings = purpose === 'signal' ? 1 : deliverSendings;
    context.ask(to, { kind: 'deliver', purpose, bytes }, settled, deliverMs, sendings);
  }

  /** Many that go to the same node look once. */
  #seek({ id }: Contact, over: () => void, tooMany: () => void): void {
    const { lookups, context } = this.parts;
    const sought = (this.#sought ??= new Map<string, (() => void)[]>());
    const waiting = sought.get(id.text);
    if (waiting !== undefined) return void waiting.push(over);
    if (sought.size >= dhtLimits.waysSoughtMax) return tooMany();
    sought.set(id.text, [over]);
    const lookup = lookups.make({
      target: id,
      width: context.settings.bucketSize,
      ended: () => {
        const all = sought.get(id.text) ?? [];
        sought.delete(id.text);
        for (const each of all) each();
      },
    });
    lookups.begin(lookup);
  }
}
