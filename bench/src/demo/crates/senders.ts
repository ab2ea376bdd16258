/** Sends messages, waits until each is durable, and watches that no status ever goes back. */
import { setTimeout } from 'node:timers/promises';
import type { Client, MessageStatus, StatusName } from '@holdfast/client';
import { HoldfastError } from '@holdfast/protocol';
import type { Person } from './world.js';

/** The only order in which a status may move. */
const order: readonly StatusName[] = [
  'local',
  'accepted',
  'durable',
  'expired',
  'recalled',
  'discarded',
  'delivered',
];
const sendingAtOnce = 4;
const retryMs = 500;

export interface SentMessage {
  readonly id: string;
  readonly text: string;
}

export class Sender {
  readonly sent: SentMessage[] = [];
  durable = 0;
  rolledBack = 0;
  /** Grows whenever a status moves. */
  steps = 0;
  readonly #reached = new Map<string, number>();
  #client: Client | undefined;

  constructor(private readonly person: Person) {}

  get author(): string {
    return this.person.author;
  }

  /** Closes the store and opens it again, as a program that is started anew, and looks whether all is as it was. */
  async restart(): Promise<void> {
    await this.#client?.close();
    this.#client = await this.person.connect();
    this.#client.on('status', ({ message }) => this.#see(message));
    for (const { id } of this.sent) this.#see(await this.#client.status(id));
  }

  async send(texts: Iterator<string>, recipients: readonly string[], progress: () => void): Promise<void> {
    const client = this.#client!;
    const work = async (): Promise<void> => {
      for (let next = texts.next(); next.done !== true; next = texts.next()) {
        const to = recipients[this.sent.length % recipients.length]!;
        const { id } = await sendSurely(client, to, next.value);
        this.sent.push({ id, text: next.value });
        const { status } = await client.waitForStatus(id, 'durable');
        if (order.indexOf(status) >= order.indexOf('durable')) this.durable++;
        progress();
      }
    };
    await Promise.all(Array.from({ length: sendingAtOnce }, work));
  }

  async statuses(): Promise<MessageStatus[]> {
    return Promise.all(this.sent.map(({ id }) => this.#client!.status(id)));
  }

  /** How many of the messages are delivered in the end. */
  async delivered(signal: AbortSignal): Promise<number> {
    const ends = await Promise.allSettled(
      this.sent.map(({ id }) => this.#client!.waitForStatus(id, 'delivered', { signal })),
    );
    return ends.filter((end) => end.status === 'fulfilled' && end.value.status === 'delivered').length;
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  #see({ crates }: MessageStatus): void {
    this.steps++;
    for (const { crate, status } of crates) {
      const rank = order.indexOf(status);
      const reached = this.#reached.get(crate) ?? 0;
      if (rank < reached) this.rolledBack++;
      this.#reached.set(crate, Math.max(rank, reached));
    }
  }
}

/** Where to write to somebody may be known only to an archive that is down at the moment: nothing was sent then. */
async function sendSurely(client: Client, to: string, text: string): Promise<{ readonly id: string }> {
  for (;;) {
    try {
      return await client.send({ to, text });
    } catch (error) {
      if (!(error instanceof HoldfastError && error.retryable)) throw error;
      await setTimeout(retryMs);
    }
  }
}
