/**
 * Keeps the blocks of the set in step with the log, beside the commits and never within one. A window of the log is one
 * transaction under the lock of the row that says how far the blocks go, so that any number of processes may try, and
 * one that is killed leaves nothing half done. The log's own lock is not touched. spec/gossip.md, "The set".
 */
import { HoldfastError } from '@holdfast/protocol';
import { randomInt } from 'node:crypto';
import type { PoolClient, QueryConfig } from 'pg';
import { archiveLimits } from '../../limits.js';
import type { Database } from '../../platform/database/database.js';
import { changeBlocks, type BlockChanges } from './block-changes.js';
import { PackedItems } from './packed-items.js';
import { columnsOf, itemsOf, requireFit, type Query } from './read-items.js';
import {
  forgetBlocks,
  lockVersion,
  readState,
  readVersion,
  readWindow,
  writeBlocks,
} from './record-set.sql.js';
import { blocksOf, SetBlocks, type Block } from './set-blocks.js';
import { buildBlocks } from './set-build.js';
import { stateOf, type SetState, type StateRow } from './set-state.js';

/** Plans are made while the tables may still be empty. What is lost in a crash of the server is worked in again. */
const settings = [
  `lock_timeout = ${archiveLimits.setLockMsMax}`,
  `statement_timeout = ${archiveLimits.setWindowMsMax}`,
  `idle_in_transaction_session_timeout = ${archiveLimits.setSilenceMsMax}`,
  'enable_seqscan = off',
  'plan_cache_mode = force_custom_plan',
  'synchronous_commit = off',
]
  .map((setting) => `set local ${setting}`)
  .join('; ');

interface VersionRow {
  readonly up_to: string;
  readonly version: string;
}

interface WindowRow {
  readonly up_to: string;
  readonly entries: number;
  readonly added: Buffer | null;
  readonly removed: Buffer | null;
}

export class SetKeeper {
  private known: SetState | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly bounds: {
      readonly setWindowEntriesMax: number;
      readonly setBuildEntriesMin: number;
      readonly setBuildPageItems: number;
      readonly setBlockItemsGoal: number;
      readonly setBlockItemsMax: number;
    } = archiveLimits,
  ) {}

  /**
   * Works in everything that was committed before.
   * @throws the database's error; HoldfastError `unavailable` when another process holds the set for too long
   */
  async advance(): Promise<SetState> {
    while (await this.step());
    return this.known!;
  }

  /** Works in one window, or all when there is much. Answers whether there may be more. */
  step(): Promise<boolean> {
    return this.inTurn(() => this.takeStep());
  }

  /** The blocks as the tables have them now, however far these are behind; and how far that is, in seqs. */
  state(): Promise<{ readonly state: SetState; readonly behind: number }> {
    return this.inTurn(() => this.refresh());
  }

  /** The blocks as they are read now, whatever is known of this version. */
  stored(): Promise<SetState> {
    return this.inTurn(() => this.read(this.query));
  }

  /** Forgets all blocks; the next steps make them anew. */
  forget(): Promise<void> {
    return this.inTurn(() =>
      this.inTransaction(async (query) => {
        await query({ text: lockVersion });
        await query({ text: forgetBlocks, values: [newVersion()] });
      }),
    );
  }

  /** What is under way ends soon, with nothing half done. */
  close(): void {
    this.closing.abort(new HoldfastError('unavailable', 'The archive stops.'));
  }

  private inTurn<Outcome>(work: () => Promise<Outcome>): Promise<Outcome> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async refresh(): Promise<{
    readonly state: SetState;
    readonly behind: number;
    readonly last: number;
  }> {
    const { rows } = await this.database.query<VersionRow & { readonly last: string }>(readVersion);
    const { version, last } = rows[0]!;
    const state = await this.load(version, this.query);
    return { state, behind: Math.max(0, Number(last) - state.upTo), last: Number(last) };
  }

  private readonly query: Query = async <Row extends object>(statement: QueryConfig) =>
    (await this.database.query<Row>(statement)).rows;

  private async takeStep(): Promise<boolean> {
    this.closing.signal.throwIfAborted();
    const { state, behind, last } = await this.refresh();
    if (behind === 0) return false;
    const isMuch = behind > Math.max(state.blocks.size, this.bounds.setBuildEntriesMin);
    return isMuch ? this.build(state, last) : this.takeWindow();
  }

  private takeWindow(): Promise<boolean> {
    return this.inTransaction(async (query, afterwards) => {
      const [locked] = await query<VersionRow>({ text: lockVersion });
      const state = await this.load(locked!.version, query);
      const [window] = await query<WindowRow>({
        text: readWindow,
        values: [state.upTo, this.bounds.setWindowEntriesMax],
      });
      if (window!.entries === 0) return false;
      const upTo = Number(window!.up_to);
      const changes = await this.cut(
        changeBlocks(state.blocks, packed(window!.added), packed(window!.removed)),
        upTo,
        query,
      );
      const version = newVersion();
      await query(writing(changes, upTo, version));
      afterwards(() => (this.known = { upTo, version, blocks: new SetBlocks(changes.blocks) }));
      return window!.entries === this.bounds.setWindowEntriesMax;
    });
  }

  /** Whoever is first has done it for all. */
  private async build(before: SetState, upTo: number): Promise<boolean> {
    const readOn: Query = (statement) => {
      this.closing.signal.throwIfAborted();
      return this.inTransaction((query) => query(statement));
    };
    const { setBlockItemsGoal, setBuildPageItems } = this.bounds;
    const blocks = await buildBlocks(readOn, upTo, setBlockItemsGoal, setBuildPageItems);
    await this.inTransaction(async (query, afterwards) => {
      const [locked] = await query<VersionRow>({ text: lockVersion });
      if (locked!.version !== before.version) return;
      const version = newVersion();
      await query({ text: forgetBlocks, values: [version] });
      await query(writing({ blocks, changed: blocks, emptied: [] }, upTo, version));
      afterwards(() => (this.known = { upTo, version, blocks: new SetBlocks(blocks) }));
    });
    return true;
  }

  /** What is known already when that is the version that is asked for. */
  private async load(version: string, query: Query): Promise<SetState> {
    return this.known?.version === version ? this.known : this.read(query);
  }

  private async read(query: Query): Promise<SetState> {
    const [row] = await query<StateRow>({ text: readState });
    this.known = stateOf(row!, this.known);
    return this.known;
  }

  /** Cuts the blocks that have become too large. */
  private async cut(changes: BlockChanges, upTo: number, query: Query): Promise<BlockChanges> {
    const large = changes.blocks.flatMap(({ count }, index) =>
      count > this.bounds.setBlockItemsMax ? [index] : [],
    );
    if (large.length === 0) return changes;
    const whole = new SetBlocks(changes.blocks);
    const parts = new Map<Block, readonly Block[]>();
    for (let begin = 0; begin < large.length; begin += archiveLimits.setBlocksPerReadMax) {
      const indexes = large.slice(begin, begin + archiveLimits.setBlocksPerReadMax);
      const itemsOfEach = await itemsOf(query, whole, indexes, upTo);
      itemsOfEach.forEach((items, at) => {
        const block = changes.blocks[indexes[at]!]!;
        requireFit(block, items);
        const cut = blocksOf(items, block.key, this.bounds.setBlockItemsGoal);
        parts.set(
          block,
          cut.map((part) => part.block),
        );
      });
    }
    const partsOf = (block: Block): readonly Block[] => parts.get(block) ?? [block];
    return {
      blocks: changes.blocks.flatMap(partsOf),
      changed: changes.changed.flatMap(partsOf),
      emptied: changes.emptied,
    };
  }

  /** What is known changes only when the transaction has been committed. */
  private async inTransaction<Outcome>(
    work: (query: Query, afterwards: (change: () => void) => void) => Promise<Outcome>,
  ): Promise<Outcome> {
    let change = (): void => {};
    const outcome = await this.database
      .transaction(async (client) => {
        await client.query(settings);
        return work(queryOf(client), (made) => (change = made));
      })
      .catch((error: unknown) => {
        throw unavailableWhenLocked(error);
      });
    change();
    return outcome;
  }
}

const packed = (bytes: Buffer | null): PackedItems =>
  bytes === null ? PackedItems.none : new PackedItems(bytes);

const queryOf =
  (client: PoolClient): Query =>
  async <Row extends object>(statement: QueryConfig) =>
    (await client.query<Row>(statement)).rows;

/** By chance, so that one that was lost in a crash is not met again. */
const newVersion = (): string => String(randomInt(1, 2 ** 48 - 1));

function writing({ changed, emptied }: BlockChanges, upTo: number, version: string): QueryConfig {
  const gone = emptied.map(({ key }) => columnsOf(key));
  const kept = changed.map(({ key }) => columnsOf(key));
  return {
    text: writeBlocks,
    values: [
      gone.map(({ times }) => times),
      gone.map(({ ids }) => ids),
      kept.map(({ times }) => times),
      kept.map(({ ids }) => ids),
      changed.map(({ count }) => count),
      changed.map(({ sum }) => Buffer.from(sum)),
      upTo,
      version,
    ],
  };
}

/** 55P03: another process has the set. */
function unavailableWhenLocked(error: unknown): unknown {
  if ((error as { code?: string }).code !== '55P03') return error;
  return new HoldfastError(
    'unavailable',
    'Another process works at the set: try again in a moment.',
    {},
    { cause: error },
  );
}
