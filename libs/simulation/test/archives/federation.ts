/**
 * Runs a plan: archives in a world, what happens to them, and what is found afterwards, when everything has healed. What
 * is right is decided by the checkers, which share no code with archives.
 */
import {
  AdversaryNode,
  ArchiveNode,
  differencesOf,
  keptInSpiteOfRetraction,
  lost,
  Transfers,
  World,
  type Drain,
  type Holder,
} from '../../src/index.js';
import type { Action } from './action.js';
import { CrateHappenings } from './crate-happenings.js';
import type { Plan } from './plan.js';
import type { RecordPool } from './record-pool.js';

const minute = 60_000;
const hour = 60 * minute;

export const drain: Drain = () => new Promise((resolve) => setImmediate(resolve));

/** Longer than the longest pause between two comparisons, with its jitter. */
const healingMsMax = 5 * hour;
/** Connections are found to be broken, dialed again, and what was missed is looked for at once. */
const punctualMs = 4 * minute;
/** Retries and comparisons that are under way come to their end first. */
const untilQuietMs = 10 * minute;
const stepMs = 30_000;

export interface Outcome {
  /** What is wrong, in sentences; nothing when all is well. */
  readonly faults: readonly string[];
  readonly traceHash: string;
  readonly events: number;
  readonly bodies: number;
  readonly bodiesNeeded: number;
  readonly repeatedByName: number;
  /** Until everybody had the same, after everything had healed. */
  readonly convergedAfterMs: number;
  /** In one virtual hour in which nothing happened, on each link. */
  readonly idle: { readonly frames: number; readonly bytes: number; readonly bodies: number };
}

export class Federation {
  readonly world: World;
  readonly archives = new Map<string, ArchiveNode>();
  readonly transfers = new Transfers();
  adversary: AdversaryNode | undefined;
  readonly #crates: CrateHappenings;
  readonly #stored = new Map<string, Set<string>>();
  readonly #plan: Plan;
  readonly #pool: RecordPool;

  constructor(seed: number, plan: Plan, pool: RecordPool, traceLinesMax = 0) {
    this.#plan = plan;
    this.#pool = pool;
    this.world = new World({ seed, drain, traceLinesMax, watch: this.transfers.watch });
    for (const { name, scope, skewMs, startsMs, commitMsMean, failureRate } of plan.archives) {
      const node = new ArchiveNode(this.world, name, {
        scope,
        dials: [...plan.dials.filter(([from]) => from === name).map(([, to]) => to), ...this.#adversaries],
        peers: [...this.#peersOf(name), ...this.#adversaries],
        disk: { readMsMean: 0, commitMsMean, failureRate },
        // Short, so that the adversary gets to do harm.
        shunsMs: 1000,
        errandRetryMsMax: plan.errandRetryMsMax,
        offersPerArchiveMax: plan.offersPerArchiveMax,
      });
      node.skewMs = skewMs;
      this.archives.set(name, node);
      this.#stored.set(name, new Set());
      this.world.clock.after(startsMs, () => node.start());
    }
    this.#crates = new CrateHappenings(this.world, this.archives, plan);
    for (const name of this.#adversaries) this.#betray(name);
    for (const { atMs, action } of plan.actions) this.world.clock.after(atMs, () => this.#act(action));
  }

  async run(): Promise<Outcome> {
    const { clock, trace } = this.world;
    await clock.runFor(this.#plan.lastsMs);
    this.#heal();
    const healedMs = clock.nowMs;
    let faults = await this.faults();
    while (faults.length > 0 && clock.nowMs < healedMs + healingMsMax) {
      await clock.runFor(stepMs);
      faults = await this.faults();
    }
    const convergedAfterMs = clock.nowMs - healedMs;
    const late =
      this.#plan.isPunctual && convergedAfterMs > punctualMs ? [`it took ${convergedAfterMs} ms`] : [];
    if (this.#plan.measuresIdle) await clock.runFor(untilQuietMs);
    const idle = this.#plan.measuresIdle ? await this.#idleHour() : { frames: 0, bytes: 0, bodies: 0 };
    return {
      faults: [
        ...(await this.faults()),
        ...this.#costFaults(idle),
        ...late,
        ...(await this.#crates.remembered(this.#plan.forgetsFromHour)),
      ],
      traceHash: trace.hash(),
      events: clock.happened,
      bodies: this.transfers.bodies,
      bodiesNeeded: this.transfers.needed(),
      repeatedByName: this.transfers.repeatedByName(),
      convergedAfterMs,
      idle,
    };
  }

  /** What is wrong with what the archives hold, as it stands now. */
  async faults(): Promise<string[]> {
    const holders = new Map<string, Holder>();
    for (const [name, node] of this.archives) holders.set(name, await node.holder());
    const faults: string[] = [];
    for (const [name, holder] of holders) {
      faults.push(
        ...lost(holder, this.#stored.get(name)!, this.#pool.textOf),
        ...keptInSpiteOfRetraction(holder),
        ...this.#changed(holder),
      );
      for (const peer of this.#peersOf(name)) {
        if (name < peer) faults.push(...differencesOf(holder, holders.get(peer)!));
      }
    }
    return [...faults, ...this.#crates.faults()];
  }

  #act(action: Action): void {
    const { network, clock } = this.world;
    const node = 'at' in action ? this.archives.get(action.at) : undefined;
    clock.stir();
    // What is seen is judged by the clock that its archive had.
    this.#crates.look();
    switch (action.do) {
      case 'publish':
        void node!.publish(action.record).then((isStored) => {
          if (isStored) this.#stored.get(node!.name)!.add(this.#pool.idOf.get(action.record)!);
        });
        return;
      case 'deposit':
        return this.#crates.deposit(node!, action);
      case 'depart':
        return this.#crates.depart(node!, action);
      case 'forge':
        return this.#crates.forge(action);
      case 'cut':
        return network.cut(action.from, action.to, action.noticing, action.bothWays);
      case 'heal':
        return network.heal(action.from, action.to);
      case 'crash':
        return node!.crash(action.noticing);
      case 'crash-at-commit':
        return node!.crashAtNextCommit(action.point);
      case 'start':
        return node!.start();
      case 'skew':
        node!.skewMs = action.skewMs;
        return;
      case 'database':
        return node!.setDatabaseAway(action.isAway);
      case 'link':
        return network.setQuality(action.from, action.to, action.quality);
    }
  }

  /** Links and databases are whole, everybody runs, and clocks are right again but for a minute. */
  #heal(): void {
    this.#crates.look();
    this.world.network.healAll();
    for (const node of this.archives.values()) {
      node.crashAtNextCommit(undefined);
      node.setDatabaseAway(false);
      node.repairDisk();
      if (!this.#plan.isCalm) node.skewMs = Math.max(-minute, Math.min(minute, node.skewMs));
      node.start();
    }
  }

  /** It knows ids and records of what is published, and of much that never will be. */
  #betray(name: string): void {
    const published = this.#plan.actions.flatMap(({ action }) =>
      action.do === 'publish' ? [action.record] : [],
    );
    const adversary = new AdversaryNode(this.world, name, {
      victims: [...this.archives.keys()],
      knownIds: [
        ...published.map((record) => this.#pool.idOf.get(record)!),
        ...this.#pool.records.slice(0, 100).map(({ id }) => id),
      ],
      knownRecords: published,
    });
    adversary.start();
    this.adversary = adversary;
  }

  get #adversaries(): string[] {
    return this.#plan.adversary === undefined ? [] : [this.#plan.adversary];
  }

  async #idleHour(): Promise<Outcome['idle']> {
    const { frames, bytes, bodies } = this.transfers;
    await this.world.clock.runFor(hour);
    const links = new Set(this.#plan.dials.map((pair) => pair.toSorted().join())).size;
    return {
      frames: (this.transfers.frames - frames) / links,
      bytes: (this.transfers.bytes - bytes) / links,
      bodies: this.transfers.bodies - bodies,
    };
  }

  /**
   * Each side asks for news and departures, which are answered after 20 s each: 4 x 180 questions an hour on a link, and
   * as many answers; beside them a few comparisons, which find nothing.
   */
  #costFaults({ frames, bytes, bodies }: Outcome['idle']): string[] {
    // Who talks with an adversary pays for it.
    if (this.adversary !== undefined) return [];
    const faults: string[] = [];
    if (frames > 1600) faults.push(`an idle link carried ${frames} frames in an hour`);
    if (bytes > 200_000) faults.push(`an idle link carried ${bytes} bytes in an hour`);
    if (bodies > 0) faults.push(`idle links carried ${bodies} bodies in an hour`);
    const needed = this.transfers.needed();
    const repeated = this.transfers.repeatedByName();
    // A crash between transfer and commit costs a second one, and so does a link that breaks in between.
    if (repeated > (this.#plan.isCalm ? 0.05 * needed : 3 * needed + 50)) {
      faults.push(`${repeated} bodies were transferred again where ${needed} were needed`);
    }
    // A snapshot may bring again what is here already, as long as that is less than half of it.
    if (this.#plan.isCalm && this.transfers.bodies > 2 * needed) {
      faults.push(`${this.transfers.bodies} bodies were transferred where ${needed} were needed`);
    }
    for (const [name, { linked }] of this.#plan.measuresIdle ? this.archives : []) {
      if (linked < this.#peersOf(name).length) faults.push(`${name} is linked with ${linked} peers only`);
    }
    return faults;
  }

  #changed({ name, holdings }: Holder): string[] {
    return [...holdings]
      .filter(([id, text]) => this.#pool.textOf.get(id) !== text)
      .map(([id]) => `${name} holds something else as ${id}`);
  }

  #peersOf(name: string): string[] {
    const { dials } = this.#plan;
    return [...new Set(dials.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : [])))];
  }
}
