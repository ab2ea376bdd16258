/**
 * The set as the peer's comparison finds it: opened for the first message of one, and kept for the messages that follow, so
 * that all of them mean the same set.
 */
import { decodeBase64url, encodeBase64url, HoldfastError } from '@holdfast/protocol';
import { ReconcileError, respond } from '@holdfast/reconcile';
import type { Asked, Answered } from '../frames.js';
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { AgreedScope, ReconcilableSet, RecordStore } from '../ports.js';

const bounds = { frameBytesMax: gossipLimits.compareMessageBytesMax };

export class ServedSet {
  #set: ReconcilableSet | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #restsUntilMs = 0;
  #takeBackClose: () => void = () => undefined;

  constructor(
    private readonly records: RecordStore,
    private readonly agreed: AgreedScope,
    private readonly life: Life,
    /** Whether the peer may begin another comparison now. */
    private readonly mayBegin: () => boolean,
  ) {}

  /** One message at a time. @throws HoldfastError `overloaded`, `peer-misbehaved` */
  answer(asked: Asked<'compare'>): Promise<Answered<'compare'>> {
    const answer = this.#turn.then(() => this.#answerNow(asked));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#takeBackClose();
    this.#set?.close();
    this.#set = undefined;
  }

  async #answerNow({ first, message }: Asked<'compare'>): Promise<Answered<'compare'>> {
    await this.#rest();
    if (first) this.close();
    if (this.#set === undefined) this.#set = await this.#open();
    this.#takeBackClose();
    const set = this.#set;
    const beganMs = this.life.surroundings.nowMs();
    try {
      const bytes = decodeBase64url(message)!;
      return { message: encodeBase64url(await set.run((storage) => respond(storage, bytes, bounds))) };
    } catch (error) {
      if (!(error instanceof ReconcileError)) throw error;
      throw new HoldfastError('peer-misbehaved', `The message of a comparison is none: ${error.message}`);
    } finally {
      this.#worked(beganMs);
      if (this.life.isOver) this.close();
      else
        this.#takeBackClose = this.life.deadlines.after(gossipLimits.servedSetIdleMsMax, () => this.close());
    }
  }

  /** Nothing else makes somebody stop who goes on with one comparison for ever. */
  async #rest(): Promise<void> {
    this.life.check();
    const restMs = this.#restsUntilMs - this.life.surroundings.nowMs();
    if (restMs > 0) await this.life.sleep(restMs);
  }

  #worked(beganMs: number): void {
    const { compareRestFactor, compareRestMsMax } = gossipLimits;
    const nowMs = this.life.surroundings.nowMs();
    this.#restsUntilMs = nowMs + Math.min(compareRestMsMax, compareRestFactor * (nowMs - beganMs));
  }

  async #open(): Promise<ReconcilableSet> {
    if (!this.mayBegin()) {
      throw new HoldfastError('overloaded', 'Too many comparisons in one minute: try again later.');
    }
    return this.records.openSet(this.agreed);
  }
}
