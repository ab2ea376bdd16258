/**
 * Answers the peer's questions (spec/gossip.md, "Questions"). Everything is pulled: the peer gets what it asked for, as fast
 * as it reads, and no more questions of it are worked at than it may have open.
 */
import { HoldfastError } from '@holdfast/protocol';
import { frameOfAnswer, frameOfError, type Answered, type Question } from '../frames.js';
import { type Life, LinkOver } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { AgreedScope, DepartureStore, PeerExchange, RecordStore } from '../ports.js';
import { Slots } from '../slots.js';
import type { LinkCounts } from '../stats.js';
import type { Wire } from '../wire.js';
import { ServedSet } from './served-set.js';

export interface ServerParts {
  readonly records: RecordStore;
  readonly departures: DepartureStore;
  readonly exchange: PeerExchange;
  readonly agreed: AgreedScope;
  readonly wire: Wire;
  readonly life: Life;
  readonly counts: LinkCounts;
  readonly mayCompare: () => boolean;
}

export class Server {
  readonly #set: ServedSet;
  /** Answers that the peer has not read are kept here: it asks in vain for more. */
  readonly #unread = new Slots(gossipLimits.questionsOpenMax);
  #open = 0;

  constructor(private readonly parts: ServerParts) {
    this.#set = new ServedSet(parts.records, parts.agreed, parts.life, parts.mayCompare);
  }

  /** @throws HoldfastError `peer-misbehaved` when it is one too many */
  take(number: number, question: Question | undefined): void {
    if (this.#open >= gossipLimits.questionsOpenMax) {
      const detail = `More than ${gossipLimits.questionsOpenMax} questions are open.`;
      throw new HoldfastError('peer-misbehaved', detail);
    }
    this.#open++;
    this.parts.life.run(() => this.#serve(number, question));
  }

  close(): void {
    this.#set.close();
  }

  async #serve(number: number, question: Question | undefined): Promise<void> {
    const giveBack = await this.#unread.take(this.parts.life);
    try {
      const frame = await this.#frameFor(number, question);
      this.#open--;
      await this.parts.wire.send(frame);
    } finally {
      giveBack();
    }
  }

  async #frameFor(number: number, question: Question | undefined): Promise<string> {
    if (question === undefined) {
      return frameOfError(number, 'op-unknown', 'Nothing like that is answered here.');
    }
    try {
      return frameOfAnswer(number, await this.#answer(question));
    } catch (error) {
      if (error instanceof LinkOver) throw error;
      if (!(error instanceof HoldfastError)) {
        return frameOfError(number, 'internal-error', 'The archive failed in a way that it did not expect.');
      }
      if (error.code === 'peer-misbehaved') throw error;
      return frameOfError(number, error.code, error.message);
    }
  }

  #answer({ name, asked }: Question): Promise<object> {
    switch (name) {
      case 'start':
        return this.#start();
      case 'news':
        return this.#news(asked.after);
      case 'want':
        return this.#want(asked.ids);
      case 'page':
        return this.#page(asked.after);
      case 'compare':
        return this.#set.answer(asked);
      case 'departures':
        return this.#departures(asked.after);
      case 'proofs':
        return this.#proofs(asked.crates);
      case 'peers':
        return this.#peers();
    }
  }

  async #start(): Promise<Answered<'start'>> {
    const { records, agreed } = this.parts;
    // In this order: what is stored in between comes twice rather than never.
    const last = await records.lastSeq();
    return { last, count: await records.count(agreed) };
  }

  async #news(after: number): Promise<Answered<'news'>> {
    const { records, agreed } = this.parts;
    const endsMs = this.#nowMs() + gossipLimits.longPollMsMax;
    for (let upTo = after; ;) {
      const news = await records.newsAfter(upTo, agreed);
      if (news.ids.length > 0 || this.#nowMs() >= endsMs) return { ...news, ids: [...news.ids] };
      upTo = news.upTo;
      if (upTo >= news.last) await this.#until(endsMs, (signal) => records.beyond(upTo, signal));
    }
  }

  async #page(after: number): Promise<Answered<'page'>> {
    const { records, agreed, counts } = this.parts;
    const endsMs = this.#nowMs() + gossipLimits.lookMsMax;
    for (let upTo = after; ;) {
      const page = await records.pageAfter(upTo, agreed);
      upTo = page.upTo;
      if (page.records.length === 0 && upTo < page.last && this.#nowMs() < endsMs) continue;
      counts.recordsServed += page.records.length;
      return { ...page, records: [...page.records] };
    }
  }

  async #want(ids: readonly string[]): Promise<Answered<'want'>> {
    const { records, gone } = await this.parts.records.recordsOf(ids);
    this.parts.counts.recordsServed += records.length;
    return { records: [...records], gone: [...gone] };
  }

  async #departures(after: number): Promise<Answered<'departures'>> {
    const { departures } = this.parts;
    const endsMs = this.#nowMs() + gossipLimits.longPollMsMax;
    for (;;) {
      const last = await departures.last();
      if (after > last) throw new HoldfastError('cursor-invalid', 'No such departure was ever told of here.');
      const { crates, upTo } = await departures.after(after);
      if (upTo > after || this.#nowMs() >= endsMs) {
        return { crates: [...crates], upTo, last: Math.max(last, upTo) };
      }
      await this.#until(endsMs, (signal) => departures.beyond(after, signal));
    }
  }

  async #proofs(crates: readonly string[]): Promise<Answered<'proofs'>> {
    return { departures: [...(await this.parts.departures.proofsOf(crates))] };
  }

  async #peers(): Promise<Answered<'peers'>> {
    const peers = await this.parts.exchange.known();
    return { peers: peers.slice(0, gossipLimits.exchangedPeersMax).map(({ id, url }) => ({ id, url })) };
  }

  /** @throws LinkOver */
  async #until(endsMs: number, wait: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { life } = this.parts;
    life.check();
    const enough = new AbortController();
    const abort = (): void => enough.abort();
    const takeBack = life.deadlines.after(Math.max(0, endsMs - this.#nowMs()), abort);
    const leave = life.onOver(abort);
    try {
      await wait(enough.signal);
    } finally {
      takeBack();
      leave();
    }
    life.check();
  }

  #nowMs(): number {
    return this.parts.life.surroundings.nowMs();
  }
}
