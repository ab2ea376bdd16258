/**
 * What clients bring to one another beside records: bytes for a purpose, straight from node to node. Of each purpose one
 * part of the client takes what comes in; what nobody takes is refused.
 */
import type { Contact, Effect, Purpose, RefusalCode, Sender } from '@holdfast/dht';
import type { NodeShell } from './node-shell.js';

export type DeliveryOutcome = Extract<Effect, { do: 'delivered' }>['outcome'];

/** Answers why it is not taken; undefined when it is. Whatever it throws is `invalid`. */
export type TakeDelivery = (
  from: Sender,
  bytes: Uint8Array,
) => RefusalCode | undefined | Promise<RefusalCode | undefined>;

export class Deliveries {
  readonly #takers = new Map<Purpose, TakeDelivery>();
  readonly #open = new Map<number, (outcome: DeliveryOutcome) => void>();

  take(purpose: Purpose, taker: TakeDelivery): void {
    this.#takers.set(purpose, taker);
  }

  /** Resolves with what became of it; there is an outcome for every delivery, for the node bounds how long they take. */
  deliver(shell: NodeShell, to: Contact, purpose: Purpose, bytes: Uint8Array): Promise<DeliveryOutcome> {
    return new Promise((resolve) => {
      const isTaken = shell.tell((node, nowMs) => {
        this.#open.set(node.deliver(to, purpose, bytes, nowMs), resolve);
      });
      if (!isTaken) resolve('gone');
    });
  }

  delivered({ delivery, outcome }: Extract<Effect, { do: 'delivered' }>): void {
    this.#open.get(delivery)?.(outcome);
    this.#open.delete(delivery);
  }

  async arrived(
    { from, n, purpose, bytes }: Extract<Effect, { do: 'deliver' }>,
    shell: NodeShell,
  ): Promise<void> {
    const taker = this.#takers.get(purpose);
    let refusal: RefusalCode | undefined = 'unwanted';
    try {
      if (taker !== undefined) refusal = await taker(from, bytes);
    } catch {
      refusal = 'invalid';
    }
    shell.tell((node, nowMs) => node.answerDelivery(from, n, refusal, nowMs));
  }

  /** The node is gone, and so is what it was bringing. */
  endAll(): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const resolve of open) resolve('gone');
  }
}
