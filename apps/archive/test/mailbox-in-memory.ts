/** A mailbox in memory for tests of delivery: its crates as the repository reads them, and its owner. */
import type { Answer, AnswerOf } from '@holdfast/protocol';
import type { ArrivedCrate, WaitingCrates } from '../src/mailboxes/collect-session.js';
import type { Attempt, Room, WaitingBatch } from '../src/mailboxes/waiting-crates.repository.js';

const KiB = 1024;

interface Row {
  readonly id: string;
  readonly seq: number;
  readonly size: number;
  attempts: number;
  nextAt: number | undefined;
}

/** The crate table of one mailbox, as the repository reads it. */
export class Table implements WaitingCrates {
  readonly rows = new Map<string, Row>();
  reads = 0;
  failures = 0;
  private seq = 0;

  add(size = 4 * KiB): string {
    const id = `crate-${++this.seq}`;
    this.rows.set(id, { id, seq: this.seq, size, attempts: 0, nextAt: undefined });
    return id;
  }

  after(_mailbox: string, seq: string, room: Room): Promise<WaitingBatch> {
    return this.read(room, (row) => row.seq > Number(seq));
  }

  /** The crate as whoever committed it hands it on. */
  arrived(id: string): ArrivedCrate {
    const { seq, size } = this.rows.get(id)!;
    return { id, seq: String(seq), envelope: Buffer.alloc(size) };
  }

  due(
    _mailbox: string,
    seq: string,
    room: Room,
    nowMs: number,
    inHand: readonly string[],
  ): Promise<WaitingBatch> {
    return this.read(
      room,
      ({ id, seq: place, nextAt }) =>
        place <= Number(seq) && (nextAt === undefined ? !inHand.includes(id) : nextAt <= nowMs),
    );
  }

  note(attempts: readonly Attempt[]): void {
    for (const { id, attempts: count, nextAt } of attempts) {
      const row = this.rows.get(id);
      if (row !== undefined) Object.assign(row, { attempts: count, nextAt });
    }
  }

  private async read(room: Room, isMeant: (row: Row) => boolean): Promise<WaitingBatch> {
    this.reads += 1;
    await Promise.resolve();
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the database is gone');
    }
    const candidates = [...this.rows.values()].filter(isMeant).slice(0, room.crates);
    let total = 0;
    const chosen = candidates.filter(({ size }) => (total += size) <= room.bytes);
    const crates = chosen.map(({ id, seq, size, attempts }) => ({
      id,
      seq: String(seq),
      attempts,
      envelope: Buffer.alloc(size),
    }));
    return { crates, more: crates.length < candidates.length || candidates.length === room.crates };
  }
}

/** An owner that takes crates in and answers when it is told to. */
export class Owner {
  readonly received: string[] = [];
  private readonly stalls: (() => void)[] = [];

  get stalled(): boolean {
    return !this.connection.isDrained;
  }

  set stalled(isStalled: boolean) {
    this.connection.isDrained = !isStalled;
  }

  readonly connection = {
    isDrained: true,
    send: (answer: Answer) => void this.received.push((answer as AnswerOf<'crate'>).crate),
    drained: () =>
      this.stalled ? new Promise<void>((resolve) => this.stalls.push(resolve)) : Promise.resolve(),
  };

  drain(): void {
    this.stalled = false;
    for (const resolve of this.stalls.splice(0)) resolve();
  }
}

/** A little while, after which everything has happened that needs no outside event but a few turns of the event loop. */
export function soon(run: () => void): () => void {
  let turns = 5;
  let next: NodeJS.Immediate;
  const turn = () => {
    if (--turns === 0) run();
    else next = setImmediate(turn);
  };
  next = setImmediate(turn);
  return () => clearImmediate(next);
}

/** Everything that needs no outside event has happened. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
};
