/**
 * Who may bring what this identity has missed, and what has been done for whom: `fellow/<author>/<identity>` holds when a
 * message to both was last kept, `answered/<author>/<mailbox>` when a device was last answered, `collected/<author>` when
 * everything that waited was last taken in.
 */
import { secondsOf, type Clock } from '../../clock.js';
import { limits } from '../../limits.js';
import { pause } from '../../pacing.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import { put, remove, type Storage, type StorageChange } from '../../storage/storage.js';
import type { FellowPost } from './fellow-post.js';

export class FellowBook {
  /** NumericDates, the oldest first. */
  readonly #seen = new Map<string, number>();
  #collectedAt: number | undefined;
  #devices: { readonly until: number; readonly hasOthers: Promise<boolean> } | undefined;
  /** How many who are no fellows have been answered in this hour. */
  #strangers = { hour: 0, count: 0 };

  constructor(
    private readonly author: string,
    private readonly storage: Storage,
    private readonly post: FellowPost,
    private readonly clock: Clock,
  ) {}

  async load(): Promise<void> {
    const prefix = this.#seenPlace('');
    const entries = [...(await this.storage.list(prefix))].sort((a, b) => Number(a.value) - Number(b.value));
    for (const { key, value } of entries) this.#seen.set(key.slice(prefix.length), Number(value));
    const text = await this.storage.get(this.#collectedPlace);
    this.#collectedAt = text === undefined ? undefined : Number(text);
  }

  /** NumericDate; undefined for a device that has never taken in everything. */
  get collectedAt(): number | undefined {
    return this.#collectedAt;
  }

  async collected(): Promise<void> {
    const now = this.#now;
    if (this.#collectedAt !== undefined && now < this.#collectedAt + limits.collectedNotedEverySeconds)
      return;
    this.#collectedAt = now;
    await this.storage.write([put(this.#collectedPlace, String(now))]);
  }

  /** The fellows of the last time, those of the newest messages first. */
  latest(): readonly string[] {
    const since = this.#now - limits.fellowKnownSeconds;
    return [...this.#seen]
      .filter(([, at]) => at >= since)
      .sort(([, a], [, b]) => b - a)
      .slice(0, limits.fellowsAskedMax)
      .map(([fellow]) => fellow);
  }

  /** What has to be written when a message is kept that these have to get, too. Of too many the oldest are forgotten. */
  changesFor(fellows: readonly string[]): readonly StorageChange[] {
    const now = this.#now;
    const news = fellows.filter((one) => now >= (this.#seen.get(one) ?? 0) + limits.fellowNotedEverySeconds);
    for (const fellow of news) {
      this.#seen.delete(fellow);
      this.#seen.set(fellow, now);
    }
    const tooMany = [...this.#seen.keys()].slice(0, Math.max(0, this.#seen.size - limits.fellowsKnownMax));
    for (const fellow of tooMany) this.#seen.delete(fellow);
    return [
      ...news.map((fellow) => put(this.#seenPlace(fellow), String(now))),
      ...tooMany.map((fellow) => remove(this.#seenPlace(fellow))),
    ];
  }

  /** Whether this identity collects on other devices, as far as archives tell it in a moment. */
  async hasOtherDevices(signal: StopSignal): Promise<boolean> {
    const now = this.clock.now();
    if (this.#devices === undefined || now >= this.#devices.until) {
      this.#devices = { until: now + limits.devicesKnownMs, hasOthers: this.#askForDevices(signal) };
    }
    return this.#devices.hasOthers;
  }

  /** Whether the device has not been answered for a while; it counts as answered from now on. */
  async mayAnswer(device: string, isFellow: boolean): Promise<boolean> {
    const now = this.#now;
    const place = this.#answeredPlace(device);
    const last = Number((await this.storage.get(place)) ?? 0);
    if (now < last + limits.fellowAnsweredEverySeconds || (!isFellow && !this.#mayAnswerStranger(now))) {
      return false;
    }
    await this.storage.write([put(place, String(now))]);
    return true;
  }

  async forgetOld(): Promise<void> {
    const now = this.#now;
    const old = (entries: readonly { key: string; value: string }[], seconds: number): string[] =>
      entries.filter(({ value }) => Number(value) + seconds < now).map(({ key }) => key);
    const fellows = await this.storage.list(this.#seenPlace(''));
    const forgotten = [
      ...old(await this.storage.list(this.#answeredPlace('')), limits.fellowAnsweredEverySeconds),
      ...old(fellows, limits.fellowKnownSeconds),
    ];
    for (const key of forgotten) this.#seen.delete(key.slice(this.#seenPlace('').length));
    if (forgotten.length > 0) await this.storage.write(forgotten.map(remove));
  }

  /** Anybody can ask: what that may cost is bounded over all who are not known. */
  #mayAnswerStranger(now: number): boolean {
    const hour = Math.floor(now / 3600);
    if (this.#strangers.hour !== hour) this.#strangers = { hour, count: 0 };
    return ++this.#strangers.count <= limits.strangersAnsweredPerHourMax;
  }

  #askForDevices(signal: StopSignal): Promise<boolean> {
    const over = new Stopper(signal);
    const late = pause(this.clock, limits.cardPatienceMs, over).then(() => false);
    const asked = this.post.devicesOf(this.author, over).then(
      (devices) => devices.length > 0,
      () => false,
    );
    return Promise.race([asked, late]).finally(over.abort);
  }

  get #now(): number {
    return secondsOf(this.clock);
  }

  get #collectedPlace(): string {
    return `collected/${this.author}`;
  }

  #seenPlace(fellow: string): string {
    return `fellow/${this.author}/${fellow}`;
  }

  #answeredPlace(device: string): string {
    return `answered/${this.author}/${device}`;
  }
}
