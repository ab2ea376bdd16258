/**
 * How far this archive is with the peer. What is saved never runs ahead of what is here; it may fall behind, and then some
 * ids are looked at again.
 */
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { Progress, ProgressStore } from '../ports.js';

export class Cursors {
  #records = 0;
  #departures = 0;
  /** Nothing is saved before there is one: a first meeting that is cut then begins anew. */
  #stage: Progress['stage'] | undefined;
  #isDirty = false;
  #isPlanned = false;
  #saving: Promise<void> = Promise.resolve();
  #onWay: { readonly records: number; resolve(): void }[] = [];

  constructor(
    private readonly store: ProgressStore,
    private readonly life: Life,
    private readonly scopeName: string,
  ) {}

  get records(): number {
    return this.#records;
  }

  get departures(): number {
    return this.#departures;
  }

  /** What was reached for the same agreed scope. How crates leave has nothing to do with a scope. */
  async load(): Promise<Progress['stage'] | undefined> {
    const found = await this.life.persist(() => this.store.load());
    this.#departures = found?.departures ?? 0;
    if (found?.scope !== this.scopeName) return undefined;
    this.#records = found.records;
    this.#stage = found.stage;
    return found.stage;
  }

  async reach(stage: Progress['stage']): Promise<void> {
    this.#stage = stage;
    await this.save();
  }

  /** Resolves when the cursor of records is there. */
  reached(records: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onWay.push({ records, resolve });
      this.#tell();
    });
  }

  recordsUpTo(records: number): void {
    this.#records = records;
    this.#tell();
    this.#plan();
  }

  departuresUpTo(departures: number): void {
    this.#departures = departures;
    this.#plan();
  }

  /** The peer does not know its own cursors any more: the next link meets it for the first time. */
  forget(): Promise<void> {
    return this.#leaveToNextLink({ records: 0, stage: 'snapshot', departures: 0, scope: '' });
  }

  /** The next link follows the source's log from its beginning. */
  fromTheBeginning(): Promise<void> {
    const departures = this.#departures;
    return this.#leaveToNextLink({ records: 0, stage: 'live', departures, scope: this.scopeName });
  }

  async #leaveToNextLink(progress: Progress): Promise<void> {
    this.#stage = undefined;
    await this.#saving;
    await this.life.persist(() => this.store.save(progress));
  }

  /** Resolves when what has been reached so far is saved. */
  save(): Promise<void> {
    this.#isDirty = true;
    const saved = this.#saving.then(() => this.life.persist(() => this.#write()));
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** The last word of a link that ends: once, whatever becomes of it. */
  async close(): Promise<void> {
    await this.#saving;
    await this.#write().catch(() => undefined);
  }

  #tell(): void {
    for (const { resolve } of this.#onWay.filter((way) => way.records <= this.#records)) resolve();
    this.#onWay = this.#onWay.filter((way) => way.records > this.#records);
  }

  #plan(): void {
    this.#isDirty = true;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.life.deadlines.after(gossipLimits.saveEveryMs, () => {
      this.#isPlanned = false;
      this.life.run(() => this.save());
    });
  }

  async #write(): Promise<void> {
    if (!this.#isDirty || this.#stage === undefined) return;
    this.#isDirty = false;
    try {
      await this.store.save({
        records: this.#records,
        stage: this.#stage,
        departures: this.#departures,
        scope: this.scopeName,
      });
    } catch (error) {
      this.#isDirty = true;
      throw error;
    }
  }
}
