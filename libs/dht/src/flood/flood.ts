/**
 * A question to neighbours, who pass it on (spec/dht.md, "Flood"). What it may cost is known beforehand: the budget of
 * messages is split among those that it goes on to, and nobody passes on more than the own settings allow, whatever a
 * liar says. Answers come back along the tree, verified at every hop, at once where something is found.
 */
import type { Contact, Sender } from '../contacts/contact.js';
import { Key, keyBytes } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import { TokenBuckets } from '../load/token-buckets.js';
import type { Item, Question, Request } from '../messages/message.js';
import { thatFit } from '../messages/room.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import { FloodBranches, type BranchesListener, type FloodTask } from './flood-branches.js';
import { SeenFloods } from './seen-floods.js';

/** What a flood needs of the node that it passes. */
export interface FloodPort {
  /** What is held here that answers the question. */
  holdsFor(question: Question): readonly Item[];
  /** Those with a direct link. */
  linked(): readonly Contact[];
  /** So many of the table, at random. */
  some(count: number): readonly Contact[];
  /** A verified item has passed here on its way to somebody else. */
  passed(question: Question, item: VerifiedItem): void;
}

/** A flood of one's own. */
export interface StartedFlood {
  sent(): number;
  /** Nothing more is told of it. */
  cancel(): void;
}

type FloodRequest = Extract<Request, { kind: 'flood' }>;

export class Flood {
  readonly #seen: SeenFloods;
  /** By contact: floods that begin with it, and messages that its floods may cause here. */
  readonly #begun: TokenBuckets;
  readonly #caused: TokenBuckets;
  #open = 0;

  constructor(
    private readonly context: NodeContext,
    private readonly port: FloodPort,
  ) {
    const { floodsSeenMax, floodSeenMs, floodsPerMinuteMax, floodBudget } = context.settings;
    const perMinute = (burst: number) => ({ perSecond: burst / 60, burst });
    this.#seen = new SeenFloods(floodsSeenMax, floodSeenMs);
    this.#begun = new TokenBuckets(perMinute(floodsPerMinuteMax), dhtLimits.loadContactsMax);
    this.#caused = new TokenBuckets(perMinute(floodsPerMinuteMax * floodBudget), dhtLimits.loadContactsMax);
  }

  /** How many are being passed on, or are one's own. */
  get open(): number {
    return this.#open;
  }

  /** Asks the neighbours, unless none is known. */
  start(question: Question, listener: BranchesListener): StartedFlood {
    const { floodBudget, floodDepth } = this.context.settings;
    const flood = this.#randomKey();
    this.#seen.isNew(flood, this.context.nowMs);
    const task = { flood, question, budget: floodBudget, depth: floodDepth };
    return this.#spread(task, undefined, [], listener);
  }

  received(from: Sender, request: FloodRequest): void {
    const admission = this.#admit(from, request);
    if (admission === 'excess') return;
    if (admission !== 'admitted') {
      this.context.reply(from, { kind: 'refused', n: request.n, code: admission });
      return;
    }
    if (!this.#seen.isNew(request.flood, this.context.nowMs)) return this.#answer(from, request, []);
    const items = [...this.port.holdsFor(request.question)];
    if (items.length >= enoughFor(request.question)) return this.#answer(from, request, items);
    this.#passOn(from, request, items);
  }

  #passOn(from: Sender, request: FloodRequest, items: Item[]): void {
    const { question } = request;
    let cancel = (): void => {};
    let isAnswered = false;
    const answer = (): void => {
      if (!isAnswered) this.#answer(from, request, items);
      isAnswered = true;
      cancel();
    };
    const task = this.#cut(request);
    ({ cancel } = this.#spread(task, from, items, {
      found: (found) => {
        for (const each of found) this.port.passed(question, each);
        items.push(...found.map(({ item }) => item));
        if (items.length >= enoughFor(question)) answer();
      },
      done: answer,
    }));
    if (isAnswered) cancel();
  }

  #answer(from: Sender, { n, question }: FloodRequest, items: readonly Item[]): void {
    const max = 'place' in question ? dhtLimits.itemsPerMessageMax : question.limit;
    this.context.reply(from, { kind: 'flooded', n, items: thatFit(items, max) });
  }

  /** `excess`: so many more than a contact may begin that no honest one does it. */
  #admit(from: Sender, request: FloodRequest): 'admitted' | 'observer' | 'busy' | 'excess' {
    const { context } = this;
    const { nowMs, settings } = context;
    if (context.role === 'observer') return 'observer';
    if (this.#open >= dhtLimits.floodsOpenMax) return 'busy';
    const { text } = from.id;
    const isItsOwn = request.depth >= settings.floodDepth - 1;
    if (isItsOwn && !this.#begun.take(text, 1, nowMs)) {
      if (this.#begun.take(text, 1, nowMs, -settings.floodsPerMinuteMax)) return 'busy';
      context.misbehaved(from, 'flood-excess');
      return 'excess';
    }
    return this.#caused.take(text, 1 + this.#cut(request).budget, nowMs) ? 'admitted' : 'busy';
  }

  /** What is above the settings is cut, and no budget is larger than what so many hops can use up. */
  #cut({ flood, question, budget, depth }: FloodRequest): FloodTask {
    const { floodBudget, floodDepth, floodFanOut } = this.context.settings;
    const hops = Math.max(0, Math.min(depth, floodDepth - 1));
    let usable = 0;
    for (let hop = 1; hop <= hops; hop++) usable = Math.min(floodBudget - 1, usable + floodFanOut ** hop);
    return { flood, question, depth: hops, budget: Math.max(0, Math.min(budget, usable)) };
  }

  #spread(
    task: FloodTask,
    from: Sender | undefined,
    known: readonly Item[],
    listener: BranchesListener,
  ): StartedFlood {
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.#open--;
      isOpen = false;
    };
    this.#open++;
    const neighbours = task.depth === 0 ? [] : this.#neighbours(from);
    const branches = new FloodBranches(this.context, task, neighbours, known, {
      found: (items) => listener.found(items),
      done: () => {
        close();
        listener.done();
      },
    });
    return {
      sent: () => branches.sent,
      cancel: () => {
        branches.end();
        close();
      },
    };
  }

  /**
   * By turns one with a direct link and one of the table: links cost the archives nothing, but those of siblings alone
   * would lead round in one neighbourhood. Twice as many as are asked, for those that turn out to be gone.
   */
  #neighbours(from: Sender | undefined): Contact[] {
    const count = 2 * this.context.settings.floodFanOut;
    const linked = shuffled(this.port.linked(), () => this.context.random());
    const others = this.port.some(count + 1);
    const chosen = new Map<string, Contact>();
    for (let at = 0; at < Math.max(linked.length, others.length) && chosen.size < count; at++) {
      for (const each of [linked[at], others[at]]) if (each !== undefined) chosen.set(each.id.text, each);
    }
    chosen.delete(this.context.self.id.text);
    if (from !== undefined) chosen.delete(from.id.text);
    return [...chosen.values()];
  }

  #randomKey(): Key {
    return new Key(Uint8Array.from({ length: keyBytes }, () => Math.floor(this.context.random() * 256)));
  }
}

/** With so many the branch is not followed any further: what is at a place is held whole by whoever holds it. */
const enoughFor = (question: Question): number => ('place' in question ? 1 : question.limit);

function shuffled(contacts: readonly Contact[], random: () => number): Contact[] {
  const all = [...contacts];
  for (let left = all.length; left > 1; left--) {
    const at = Math.floor(random() * left);
    [all[left - 1], all[at]] = [all[at]!, all[left - 1]!];
  }
  return all;
}
