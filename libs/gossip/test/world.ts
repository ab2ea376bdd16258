/** Archives in memory, joined by links whose connection can be cut, slowed and watched, in virtual time. */
import type { HoldfastError, RecordPayload, Scope } from '@holdfast/protocol';
import { LinkShared, openLink, type Link } from '../src/link.js';
import {
  MemoryDepartures,
  MemoryExchange,
  MemoryProgress,
  MemoryRecords,
  sealRecord,
  simulatedAuthor,
  verifySealed,
} from '../src/memory/index.js';
import type { Channel, Departure, RecordStore } from '../src/ports.js';
import { VirtualTime } from './virtual-time.js';

export const alice = simulatedAuthor('alice');
export const bob = simulatedAuthor('bob');

/** In these worlds a proof fits when it says so. */
export const fittingProof = (crate: string): Departure => ({ crate, way: 'ack', proof: crate });

export interface ArchiveOptions {
  readonly scope?: Scope;
  readonly horizon?: number;
  readonly known?: { readonly id: string; readonly url: string }[];
  /** Puts something between the link and the records. */
  readonly around?: (records: MemoryRecords) => RecordStore;
}

export class TestArchive {
  readonly id: string;
  readonly memory: MemoryRecords;
  readonly records: RecordStore;
  readonly departures = new MemoryDepartures({ fits: ({ crate, proof }) => crate === proof });
  readonly exchange: MemoryExchange;
  readonly scope: Scope;
  shared = new LinkShared();
  readonly #progress = new Map<string, MemoryProgress>();
  #made = 0;

  constructor(
    readonly name: string,
    readonly time: VirtualTime,
    readonly options: ArchiveOptions = {},
  ) {
    this.id = simulatedAuthor(`archive ${name}`);
    this.scope = options.scope ?? {};
    this.memory = new MemoryRecords({ verify: verifySealed, nowMs: () => time.nowMs(), scope: this.scope });
    this.records = options.around?.(this.memory) ?? this.memory;
    this.exchange = new MemoryExchange(options.known);
  }

  progressWith(peer: string): MemoryProgress {
    const progress = this.#progress.get(peer) ?? new MemoryProgress();
    this.#progress.set(peer, progress);
    return progress;
  }

  /** A record that nobody else has made. */
  make(more: Partial<RecordPayload> = {}, author = alice): { id: string; jws: string } {
    const body = `${this.name} ${++this.#made}`;
    return sealRecord({ collection: 'notes', iat: this.time.now, body, ...more }, author);
  }

  async publish(more: Partial<RecordPayload> = {}, author = alice): Promise<string> {
    const { id, jws } = this.make(more, author);
    await this.memory.publish(jws);
    return id;
  }

  async publishMany(count: number, iat: (place: number) => number = () => this.time.now): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await this.publish({ iat: iat(i) }));
    return ids;
  }

  open(channel: Channel, peerId: string): Link {
    const { horizon } = this.options;
    return openLink({
      channel,
      peerId,
      records: this.records,
      departures: this.departures,
      progress: this.progressWith(peerId),
      exchange: this.exchange,
      own: { scope: this.scope, horizon: () => horizon },
      shared: this.shared,
      surroundings: this.time,
    });
  }
}

/** One direction of a connection. */
export class Line {
  readonly frames: string[] = [];
  latencyMs = 1;
  isReading = true;
  isCut = false;
  /** What is sent is lost, and nobody is told. */
  isDropping = false;
  deliver: (frame: string) => void = () => undefined;

  constructor(private readonly time: VirtualTime) {}

  send(frame: string): Promise<void> {
    if (this.isCut) return Promise.reject(new Error('cut'));
    this.frames.push(frame);
    if (!this.isReading) return new Promise(() => undefined);
    const isLost = this.isDropping;
    this.time.after(this.latencyMs, () => {
      if (!this.isCut && !isLost) this.deliver(frame);
    });
    return Promise.resolve();
  }

  /** How often something was said. */
  count(op: string): number {
    return this.frames.filter((frame) => (JSON.parse(frame) as { op: string }).op === op).length;
  }
}

export interface Connection {
  readonly a: Link;
  readonly b: Link;
  /** What a sends, and what b sends. */
  readonly fromA: Line;
  readonly fromB: Line;
  cut(error?: HoldfastError): void;
}

export function connect(archiveA: TestArchive, archiveB: TestArchive): Connection {
  const { time } = archiveA;
  const [fromA, fromB] = [new Line(time), new Line(time)];
  const cut = (error?: HoldfastError): void => {
    fromA.isCut = fromB.isCut = true;
    a.closed(error);
    b.closed(error);
  };
  const channelOver = (line: Line, other: () => Link): Channel => ({
    send: (frame) => line.send(frame),
    close: () => time.after(line.latencyMs, () => other().closed()),
  });
  const a: Link = archiveA.open(
    channelOver(fromA, () => b),
    archiveB.id,
  );
  const b: Link = archiveB.open(
    channelOver(fromB, () => a),
    archiveA.id,
  );
  fromA.deliver = (frame) => b.received(frame);
  fromB.deliver = (frame) => a.received(frame);
  return { a, b, fromA, fromB, cut };
}

export const haveTheSame = (...archives: readonly TestArchive[]): boolean =>
  new Set(archives.map(({ memory }) => memory.ids().join())).size === 1;

/** Methods of the memory's own, called on what stands around it. */
export function bound(around: RecordStore, memory: RecordStore): RecordStore {
  return new Proxy(around, {
    get: (target, name) => {
      const own = Object.getOwnPropertyDescriptor(target, name)?.value as unknown;
      const method = (own ?? memory[name as keyof RecordStore]) as (...args: unknown[]) => unknown;
      return own === undefined ? method.bind(memory) : method;
    },
  });
}
