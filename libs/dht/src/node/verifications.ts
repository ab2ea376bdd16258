/**
 * What waits for its verification: an effect asks for it, `verified` brings the verdict. Bounded: when there is no room,
 * an item is given up of whoever has brought most of them, so that nobody keeps what others bring from being verified.
 */
import type { ErrorCode } from '@holdfast/protocol';
import type { Sender } from '../contacts/contact.js';
import { dhtLimits } from '../limits.js';
import type { Item, Question } from '../messages/message.js';
import type { Effect, Verdict } from './effect.js';

interface Check {
  readonly from: Sender;
  readonly settled: (verdict: Verdict) => void;
}

/** An item may have become invalid on its way, or while it was held. */
export const isForgery = (code: ErrorCode): boolean => !innocent.has(code);
const innocent: ReadonlySet<string> = new Set(['record-expired', 'record-retracted', 'quota-exceeded']);

const givenUp: Verdict = { ok: false, code: 'quota-exceeded' };

export class Verifications {
  #checks: Map<number, Check> | undefined;
  #asked = 0;

  constructor(
    private readonly effect: (effect: Effect) => void,
    private readonly forged: (from: Sender) => void,
  ) {}

  get open(): number {
    return this.#checks?.size ?? 0;
  }

  ask(item: Item, belongs: Question, from: Sender, settled: Check['settled']): void {
    const checks = (this.#checks ??= new Map<number, Check>());
    if (checks.size >= dhtLimits.checksOpenMax) {
      const greediest = this.#greediest(from);
      if (greediest === undefined) return settled(givenUp);
      this.settle(greediest, givenUp);
    }
    const check = ++this.#asked;
    checks.set(check, { from, settled });
    this.effect({ do: 'verify', check, item, belongs, from });
  }

  /** The longest waiting item of the contact that has most of them; undefined when that is the asking one. */
  #greediest(asking: Sender): number | undefined {
    const counts = new Map<string, number>();
    let most = asking.id.text;
    for (const { from } of this.#checks!.values()) {
      const count = (counts.get(from.id.text) ?? 0) + 1;
      counts.set(from.id.text, count);
      if (count > (counts.get(most) ?? 0)) most = from.id.text;
    }
    if (most === asking.id.text) return undefined;
    for (const [check, { from }] of this.#checks!) if (from.id.text === most) return check;
    return undefined;
  }

  settle(check: number, verdict: Verdict): void {
    const waiting = this.#checks?.get(check);
    if (waiting === undefined) return;
    this.#checks!.delete(check);
    if (!verdict.ok && isForgery(verdict.code)) this.forged(waiting.from);
    waiting.settled(verdict);
  }
}
