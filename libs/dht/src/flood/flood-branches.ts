/**
 * One flood at one node: the neighbours that it went on to, each with its share of the budget, and what they have found.
 * Every message that it sends is one of the budget, also those that turn out to have gone nowhere.
 */
import type { Contact, Sender } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Answer, Item, Question } from '../messages/message.js';
import { itemsMaxOf } from '../messages/room.js';
import type { NoAnswer, NodeContext, Timer } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';

/** What is still to be spent: messages and hops. */
export interface FloodTask {
  readonly flood: Key;
  readonly question: Question;
  readonly budget: number;
  readonly depth: number;
}

export interface BranchesListener {
  /** Verified; none of them twice. */
  found(items: readonly VerifiedItem[]): void;
  /** Called once: nobody is asked any more, or it took too long. Not after `end`. */
  done(): void;
}

export class FloodBranches {
  #sent = 0;
  #waiting = 0;
  #hasEnded = false;
  #timer: Timer | undefined;
  /** Items that are being verified or have been. */
  readonly #known: Set<Item>;
  /** Asked instead of neighbours that are gone. */
  readonly #spare: Contact[];

  constructor(
    private readonly context: NodeContext,
    private readonly task: FloodTask,
    neighbours: readonly Contact[],
    known: readonly Item[],
    private readonly listener: BranchesListener,
  ) {
    this.#known = new Set(known);
    const children = Math.min(context.settings.floodFanOut, task.budget, neighbours.length);
    this.#spare = neighbours.slice(children);
    const hopMs = context.settings.floodHopMs;
    if (children > 0) this.#timer = context.after(task.depth * hopMs, () => this.#finish());
    // Held open until all are asked: some answer within the call.
    this.#waiting++;
    neighbours
      .slice(0, children)
      .forEach((child, at) => this.#ask(child, shareOf(task.budget, children, at)));
    this.#settle();
  }

  get sent(): number {
    return this.#sent;
  }

  end(): void {
    this.#hasEnded = true;
    this.#timer?.cancel();
  }

  /** @param share  of the budget, the message to the child among it */
  #ask(child: Contact, share: number): void {
    const { flood, question, depth } = this.task;
    this.#sent++;
    this.#waiting++;
    this.context.ask(
      child,
      { kind: 'flood', flood, question, budget: share - 1, depth: depth - 1 },
      (answer) => this.#answered(child, share, answer),
      depth * this.context.settings.floodHopMs,
    );
  }

  #answered(child: Contact, share: number, answer: Answer | NoAnswer): void {
    if (this.#hasEnded) return;
    if (answer === 'gone' && share > 1) {
      const instead = this.#spare.shift();
      if (instead !== undefined) this.#ask(instead, share - 1);
    } else if (typeof answer === 'object' && answer.kind === 'flooded') {
      this.#take({ ...child, role: 'server' }, answer.items);
    }
    this.#settle();
  }

  #take(from: Sender, items: readonly Item[]): void {
    const looked = items.slice(0, itemsMaxOf(this.task.question, this.context.settings));
    const fresh = looked.filter((item) => !this.#known.has(item));
    if (fresh.length === 0) return;
    const verified: VerifiedItem[] = [];
    let open = fresh.length;
    this.#waiting++;
    for (const item of fresh) {
      this.#known.add(item);
      this.context.verify(item, this.task.question, from, (verdict) => {
        if (verdict.ok) verified.push(verdict.item);
        if (--open > 0 || this.#hasEnded) return;
        if (verified.length > 0) this.listener.found(verified);
        this.#settle();
      });
    }
  }

  #settle(): void {
    if (--this.#waiting === 0) this.#finish();
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.end();
    this.listener.done();
  }
}

/** The rest goes to the first ones. */
const shareOf = (budget: number, children: number, at: number): number =>
  Math.floor(budget / children) + (at < budget % children ? 1 : 0);
