/**
 * What waits for its verification: an effect asks for it, `verified` brings the verdict. Bounded: if verdicts never
 * come, the longest waiting item is given up, which is nobody's fault.
 */
import type { Sender } from '../contacts/contact.js';
import { dhtLimits } from '../limits.js';
import type { Item, Question } from '../messages/message.js';
import type { Effect, Verdict } from './effect.js';

interface Check {
  readonly from: Sender;
  readonly settled: (verdict: Verdict) => void;
}

/** An item may have become invalid on its way, or while it was held. */
const innocent: ReadonlySet<string> = new Set(['record-expired', 'record-retracted', 'quota-exceeded']);

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
      const [longest] = checks.keys();
      this.settle(longest!, { ok: false, code: 'quota-exceeded' });
    }
    const check = ++this.#asked;
    checks.set(check, { from, settled });
    this.effect({ do: 'verify', check, item, belongs, from });
  }

  settle(check: number, verdict: Verdict): void {
    const waiting = this.#checks?.get(check);
    if (waiting === undefined) return;
    this.#checks!.delete(check);
    if (!verdict.ok && !innocent.has(verdict.code)) this.forged(waiting.from);
    waiting.settled(verdict);
  }
}
