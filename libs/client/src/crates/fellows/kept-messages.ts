/**
 * The messages that others have to get as well, as their senders signed them, so that one recipient can bring them to
 * another (spec/conversations.md, "Fellows"). `kept/<author>/<mark>` says about each what is compared,
 * `kept-jws/<author>/<mark>` is the message. Bounded in number, bytes and time: the oldest give way.
 */
import { limits } from '../../limits.js';
import { put, remove, type Storage, type StorageChange } from '../../storage/storage.js';

/** Times are NumericDates, seconds. */
export interface KeptMessage {
  /** The name that fellows compare. */
  readonly mark: string;
  readonly sender: string;
  readonly id: string;
  /** When its sender says that it was written. */
  readonly iat: number;
  readonly recipients: readonly string[];
  readonly keptAt: number;
  readonly length: number;
  /** Those who have shown that they have it. */
  readonly has: readonly string[];
  /** When the others are told of it, unless they have shown it by then. */
  readonly tellAt?: number | undefined;
  /** Those of them who could not be told the last time; everybody before that. */
  readonly untold?: readonly string[];
  /** When it was last brought to a device, by its public mailbox. */
  readonly broughtAt?: Readonly<Record<string, number>>;
}

export class KeptMessages {
  readonly #messages = new Map<string, KeptMessage>();
  #bytes = 0;

  constructor(
    private readonly author: string,
    private readonly storage: Storage,
  ) {}

  /** What an earlier run has kept. Only who has the inbox's lock may use this. */
  async load(): Promise<void> {
    this.#messages.clear();
    this.#bytes = 0;
    const entries = await this.storage.list(this.#place(''));
    const messages = entries.map(({ value }) => JSON.parse(value) as KeptMessage);
    for (const message of messages.sort((a, b) => a.keptAt - b.keptAt)) this.add(message);
  }

  has(mark: string): boolean {
    return this.#messages.has(mark);
  }

  /** The oldest first. */
  all(): readonly KeptMessage[] {
    return [...this.#messages.values()].sort((a, b) => a.iat - b.iat);
  }

  /** What has to be written so that it is kept, and what has to give way. `add` says that it was. */
  changesFor(message: KeptMessage, jws: string): readonly StorageChange[] {
    const giveWay = this.#tooMany(message).flatMap((mark) => this.#removal(mark));
    return [
      ...giveWay,
      put(this.#place(message.mark), JSON.stringify(message)),
      put(this.#jwsPlace(message.mark), jws),
    ];
  }

  add(message: KeptMessage): void {
    for (const mark of this.#tooMany(message)) this.#forget(mark);
    this.#forget(message.mark);
    this.#messages.set(message.mark, message);
    this.#bytes += message.length;
  }

  jws(mark: string): Promise<string | undefined> {
    return this.storage.get(this.#jwsPlace(mark));
  }

  /** Writes down what has become known of these. */
  async change(messages: readonly KeptMessage[]): Promise<void> {
    const present = messages.filter(({ mark }) => this.#messages.has(mark));
    if (present.length === 0) return;
    for (const message of present) this.#messages.set(message.mark, message);
    await this.storage.write(present.map((one) => put(this.#place(one.mark), JSON.stringify(one))));
  }

  /** @param now NumericDate, seconds */
  async forgetOld(now: number): Promise<void> {
    const old = [...this.#messages.values()].filter(({ keptAt }) => keptAt + limits.keptMessageSeconds < now);
    if (old.length === 0) return;
    await this.storage.write(old.flatMap(({ mark }) => this.#removal(mark)));
    for (const { mark } of old) this.#forget(mark);
  }

  /** The oldest ones, as many as give room for this one. */
  #tooMany({ mark: own, length }: KeptMessage): readonly string[] {
    let [count, bytes] = [this.#messages.size + 1, this.#bytes + length];
    const marks: string[] = [];
    for (const { mark, length: freed } of this.#messages.values()) {
      if (count <= limits.keptMessagesMax && bytes <= limits.keptMessagesBytesMax) break;
      if (mark === own) continue;
      marks.push(mark);
      count--;
      bytes -= freed;
    }
    return marks;
  }

  #forget(mark: string): void {
    this.#bytes -= this.#messages.get(mark)?.length ?? 0;
    this.#messages.delete(mark);
  }

  #removal(mark: string): readonly StorageChange[] {
    return [remove(this.#place(mark)), remove(this.#jwsPlace(mark))];
  }

  #place(mark: string): string {
    return `kept/${this.author}/${mark}`;
  }

  #jwsPlace(mark: string): string {
    return `kept-jws/${this.author}/${mark}`;
  }
}
