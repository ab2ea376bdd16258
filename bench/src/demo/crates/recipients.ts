/** People who come, read for a moment, and go again, until they have been told to stay away. */
import { pause } from './misfortune.js';
import type { Person } from './world.js';

const stayMsMin = 500;
const stayMsMax = 5_000;

export class Recipient {
  /** How often the application was given each message, by sender and id, and with which text the last time. */
  readonly seen = new Map<string, { times: number; text: string }>();
  #running: Promise<void> | undefined;

  constructor(
    private readonly person: Person,
    /** From 0 up to 1. */
    private readonly random: () => number,
  ) {}

  /** Grows with every message. */
  get steps(): number {
    return this.seen.size;
  }

  get author(): string {
    return this.person.author;
  }

  /** Publishes where to write to. */
  async introduce(): Promise<void> {
    const client = await this.person.connect();
    await client.openMailbox();
    await client.close();
  }

  comeAndGo(until: AbortSignal): void {
    this.#running = this.#run(until);
  }

  async gone(): Promise<void> {
    await this.#running;
  }

  async #run(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const client = await this.person.connect();
      const left = new AbortController();
      const stay = stayMsMin + this.random() * (stayMsMax - stayMsMin);
      const leaving = setTimeout(() => left.abort(), stay);
      await client.inbox(
        ({ from, id, text }) => {
          const known = this.seen.get(`${from}/${id}`);
          this.seen.set(`${from}/${id}`, { times: (known?.times ?? 0) + 1, text });
        },
        { signal: AbortSignal.any([left.signal, until]) },
      );
      clearTimeout(leaving);
      await client.close();
      await pause(this.random() * stayMsMax, until);
    }
  }
}
