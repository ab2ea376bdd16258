/** Brings bytes of the application to another node's application, and says what became of them. */
import type { Contact, Sender } from '../contacts/contact.js';
import { dhtLimits } from '../limits.js';
import type { Purpose, RefusalCode, Request } from '../messages/message.js';
import type { NodeContext } from './context.js';

export class Deliveries {
  #begun = 0;

  constructor(private readonly context: NodeContext) {}

  begin(to: Contact, purpose: Purpose, bytes: Uint8Array): number {
    const { context } = this;
    const delivery = ++this.#begun;
    context.ask(
      to,
      { kind: 'deliver', purpose, bytes },
      (answer) => {
        const outcome =
          typeof answer === 'string' ? answer : answer.kind === 'delivered' ? 'delivered' : 'refused';
        context.effect({ do: 'delivered', delivery, outcome });
      },
      context.settings.deliverMs,
    );
    return delivery;
  }

  received(from: Sender, { n, purpose, bytes }: Extract<Request, { kind: 'deliver' }>): void {
    if (bytes.length > dhtLimits.deliverBytesMax) this.answer(from, n, 'invalid');
    else this.context.effect({ do: 'deliver', from, n, purpose, bytes });
  }

  answer(to: Contact, n: number, refusal: RefusalCode | undefined): void {
    this.context.reply(
      { ...to, role: 'server' },
      refusal === undefined ? { kind: 'delivered', n } : { kind: 'refused', n, code: refusal },
    );
  }
}
