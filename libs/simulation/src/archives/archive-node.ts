/**
 * An archive in a world: the links of libs/gossip, as archives run them, and crates by the life cycle of libs/protocol,
 * on a store in memory that stands for its database. A crash loses the links and everything that they were doing; what was committed is there when it starts again.
 */
import {
  LinkShared,
  openLink,
  type Channel,
  type Departure,
  type Link,
  type LinkEnd,
  type LinkOptions,
} from '@holdfast/gossip';
import { MemoryExchange, MemoryProgress, MemoryRecords, verifySealed } from '@holdfast/gossip/memory';
import { HoldfastError, type CrateState, type Scope, type Way } from '@holdfast/protocol';
import type { Holder } from '../checkers/holdings.js';
import type { Life } from '../nodes/life.js';
import { Node } from '../nodes/node.js';
import type { World } from '../nodes/world.js';
import { CrateCustody } from './crates/crate-custody.js';
import { CrateTable } from './crates/crate-table.js';
import { crateTableLimits } from './crates/limits.js';
import type { Crate, DepositStatus, NamedArchives } from './crates/messages.js';
import { Disk, type CrashPoint, type DiskSpeed } from './disk.js';
import { PeerLine } from './peer-line.js';
import { departuresOnDisk, progressOnDisk, recordsOnDisk, type OnDisk } from './ports-on-disk.js';

export interface ArchiveInit {
  readonly scope: Scope;
  /** Names of those that it trusts; it hangs up on others. */
  readonly peers: readonly string[];
  /** Those of them that it dials. */
  readonly dials: readonly string[];
  readonly disk: DiskSpeed;
  /** How long it does not talk to a peer that has misbehaved; five minutes when not given. */
  readonly shunsMs?: number;
  /** How many offers of crates it keeps for each archive, and the longest pause between two attempts of an errand. */
  readonly offersPerArchiveMax?: number;
  readonly errandRetryMsMax?: number;
}

const defaultShunsMs = 300_000;

/** Between a start and a crash. */
interface Running {
  readonly disk: Disk;
  readonly ports: Omit<LinkOptions, 'channel' | 'peerId' | 'progress'>;
  readonly lines: Map<string, PeerLine>;
  readonly custody: CrateCustody;
}

export class ArchiveNode extends Node {
  readonly #init: ArchiveInit;
  readonly #records: MemoryRecords;
  readonly #crates: CrateTable;
  readonly #progress = new Map<string, MemoryProgress>();
  #running: Running | undefined;
  #isDatabaseAway = false;
  #isSound = false;
  /** How its links ended, counted by code; `none` for good order. */
  readonly endings = new Map<string, number>();

  constructor(world: World, name: string, init: ArchiveInit) {
    super(world, name);
    this.#init = init;
    this.#records = new MemoryRecords({ verify: verifySealed, nowMs: () => this.nowMs(), scope: init.scope });
    this.#crates = new CrateTable({
      fits: ({ crate, way, proof }) => proof === proofOf(crate, way),
      offersPerArchiveMax: init.offersPerArchiveMax ?? crateTableLimits.offersPerArchiveMax,
      nowMs: () => world.clock.nowMs,
    });
    for (const peer of init.peers) this.#progress.set(peer, new MemoryProgress());
  }

  /**
   * A client publishes: resolves to whether the archive has said that the record is stored, which is a promise. Never
   * settles when it crashes before it can say anything.
   */
  async publish(record: string): Promise<boolean> {
    const running = this.#running;
    if (running === undefined) return false;
    try {
      const [outcome] = await running.ports.records.takeIn([record]);
      return !(outcome instanceof HoldfastError);
    } catch {
      return false;
    }
  }

  /**
   * A client deposits a crate: resolves to what the archive answers, undefined when it answers that it cannot. Never
   * settles when it crashes before it can say anything.
   */
  async deposit(crate: Crate, named: NamedArchives): Promise<DepositStatus | undefined> {
    return this.#running?.custody.deposit(crate, named).catch(() => undefined);
  }

  /** A client shows a proof: resolves to the answer, as `deposit` does. */
  async depart(departure: Departure): Promise<string | undefined> {
    return this.#running?.custody.depart(departure).catch(() => undefined);
  }

  /** The database goes away, and comes back. */
  setDatabaseAway(isAway: boolean): void {
    this.#isDatabaseAway = isAway;
    if (this.#running !== undefined) this.#running.disk.isAway = isAway;
  }

  /** From now on no commit fails. */
  repairDisk(): void {
    this.#isSound = true;
    if (this.#running !== undefined) this.#running.disk.isSound = true;
  }

  /** The next commit is the last thing it does, or the last that it does not do. */
  crashAtNextCommit(point: CrashPoint | undefined): void {
    if (this.#running !== undefined) this.#running.disk.crashAt = point;
  }

  /** How many of its peers it is linked with. */
  get linked(): number {
    return [...(this.#running?.lines.values() ?? [])].filter((line) => line.isOpen).length;
  }

  /** What the disk has of crates, but those that are unknown. */
  get crateStates(): ReadonlyMap<string, CrateState> {
    return this.#crates.departures.states;
  }

  /** Of which the disk has anything, be it an offer. */
  get rememberedCrates(): readonly string[] {
    return this.#crates.crates;
  }

  /** What it still has to do about crates, and at whom. */
  get errands(): readonly { readonly crate: string; readonly target: string }[] {
    return this.#crates.errands;
  }

  /** What the disk has, whether the archive runs or not. */
  async holder(): Promise<Holder> {
    const holdings = new Map<string, string>();
    for (const id of this.#records.ids()) {
      const { records } = await this.#records.recordsOf([id]);
      holdings.set(id, records[0]!);
    }
    return { name: this.name, scope: this.#init.scope, holdings };
  }

  protected begin(life: Life): void {
    const disk = new Disk({
      life,
      random: this.random,
      speed: this.#init.disk,
      crash: () => this.crash(),
    });
    disk.isAway = this.#isDatabaseAway;
    disk.isSound = this.#isSound;
    const onDisk: OnDisk = { disk, life, random: this.random };
    const custody = new CrateCustody({
      world: this.world,
      life,
      random: this.random,
      own: this.name,
      table: this.#crates,
      disk,
      retryMsMax: this.#init.errandRetryMsMax ?? crateTableLimits.retryMsMax,
      seconds: () => this.nowMs() / 1000,
    });
    const ports: Running['ports'] = {
      records: recordsOnDisk(this.#records, onDisk),
      departures: departuresOnDisk(this.#crates.departures, onDisk, (work) => custody.commit(work)),
      exchange: new MemoryExchange(),
      own: { scope: this.#init.scope, horizon: () => undefined },
      shared: new LinkShared(),
      surroundings: {
        nowMs: () => this.nowMs(),
        random: () => this.random.next(),
        sleep: (ms, signal) => life.sleep(ms, signal),
      },
    };
    const lines = new Map<string, PeerLine>();
    this.#running = { disk, ports, lines, custody };
    for (const peer of this.#init.peers) {
      lines.set(
        peer,
        this.#lineTo(peer, life, ports, onDisk, () => custody.heardOf(peer)),
      );
    }
    this.world.network.listen(this.name, (end) => {
      const line = lines.get(end.to);
      if (line === undefined) end.close('not-authorised');
      else line.accept(end);
    });
  }

  protected ended(): void {
    this.#running = undefined;
  }

  #lineTo(peer: string, life: Life, ports: Running['ports'], onDisk: OnDisk, heardOf: () => void): PeerLine {
    const progress = progressOnDisk(this.#progress.get(peer)!, onDisk);
    return new PeerLine({
      world: this.world,
      life,
      random: this.random,
      own: this.name,
      peer,
      shunsMs: this.#init.shunsMs ?? defaultShunsMs,
      isDialed: this.#init.dials.includes(peer),
      open: (channel: Channel): Link => {
        heardOf();
        return openLink({ ...ports, channel, peerId: peer, progress });
      },
      ended: (end) => this.#noteEnd(peer, end),
    });
  }

  #noteEnd(peer: string, { code = 'none', by, detail = '' }: LinkEnd): void {
    this.endings.set(code, (this.endings.get(code) ?? 0) + 1);
    this.world.trace.note(`${this.name} | ${peer} link ended by ${by}: ${code} ${detail}`);
  }
}

/** What lets a crate go, in worlds: anybody could make it, and nobody does. */
export const proofOf = (crate: string, way: Way): string =>
  `${way.slice(0, 3)}-${[...crate].reverse().join('')}`;
