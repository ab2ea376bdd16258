/**
 * The sets of records that archives compare: the whole set and its part since a time by the blocks that are kept, any
 * other by reading it. spec/gossip.md, "The set".
 */
import type { AgreedScope, ReconcilableSet } from '@holdfast/gossip';
import { isUnfiltered } from '@holdfast/protocol';
import { fingerprintOf } from '@holdfast/reconcile';
import { archiveLimits } from '../../limits.js';
import type { Database } from '../../platform/database/database.js';
import { ReadingConnections } from '../../platform/database/reading-connections.js';
import { Parameters } from '../../records/query/record-conditions.js';
import { scopeConditions } from '../scope-conditions.js';
import { BlockItems } from './block-items.js';
import { BlockSet } from './block-set.js';
import { FilteredSet } from './filtered-set.js';
import { PartSince } from './part-since.js';
import type { Query } from './read-items.js';
import { countAfter, countFiltered } from './record-set.sql.js';
import { checkSet, type SetCheck } from './set-check.js';
import type { SetKeeper } from './set-keeper.js';

export interface WholeSet {
  /** The seq up to which the log has been worked in. */
  readonly upTo: number;
  readonly count: number;
  /** 16 bytes; what two archives of one scope that hold the same have in common. */
  readonly fingerprint: Uint8Array;
}

export class RecordSets {
  private readonly connections: ReadingConnections;
  private readonly query: Query;
  private readonly items: BlockItems;

  constructor(
    private readonly keeper: SetKeeper,
    database: Database,
    private readonly bounds: {
      readonly filteredSetItemsMax: number;
      readonly setWindowEntriesMax: number;
    } = archiveLimits,
  ) {
    this.connections = new ReadingConnections(database.pool, archiveLimits.setReadingConnectionsMax, {
      // Plans are made while the tables may still be empty.
      settings: `; set enable_seqscan = off; set statement_timeout = ${archiveLimits.setWindowMsMax}`,
      answerMsMax: archiveLimits.databaseQueryMsMax,
    });
    this.query = (statement) => this.connections.query(statement);
    this.items = new BlockItems(this.query);
  }

  /**
   * The set as it stands now; what is committed later does not change it.
   * @throws HoldfastError `set-too-large`, `unavailable`, `overloaded`; the database's error
   */
  async open(scope: AgreedScope): Promise<ReconcilableSet> {
    const state = await this.keeper.advance();
    if (!scope.every(isUnfiltered)) {
      return FilteredSet.read(this.query, scope, state.upTo, this.bounds.filteredSetItemsMax);
    }
    const whole = new BlockSet(state, this.items);
    const since = Math.max(0, ...scope.map((each) => each.since ?? 0));
    return since === 0 ? whole : PartSince.of(whole, since);
  }

  /** Exact without lists, unless the blocks are far behind the log; at most `filteredSetItemsMax` with lists. */
  async count(scope: AgreedScope): Promise<number> {
    if (!scope.every(isUnfiltered)) return this.countFiltered(scope);
    const { state, behind } = await this.keeper.state();
    if (behind > this.bounds.setWindowEntriesMax) {
      // Numbers of the log may be missing, so that this may be fewer than it is behind.
      const [row] = await this.query<{ count: number }>({ text: countAfter, values: [state.upTo] });
      if (row!.count > this.bounds.setWindowEntriesMax) return state.blocks.size + row!.count;
    }
    return (await this.open(scope)).size;
  }

  /** Everything that is held, in whatever scope. */
  async whole(): Promise<WholeSet> {
    const { upTo, blocks } = await this.keeper.advance();
    const sum = blocks.sumBefore(blocks.blocks.length).toBytes();
    return { upTo, count: blocks.size, fingerprint: fingerprintOf(sum, blocks.size) };
  }

  /** Computes the set anew from the records and compares: a scan, in bounded memory. Changes nothing. */
  async check(): Promise<SetCheck> {
    return checkSet(this.query, await this.keeper.stored());
  }

  /** Makes all fingerprints anew. Sets that are open stay as they are. */
  async rebuild(): Promise<WholeSet> {
    await this.keeper.forget();
    return this.whole();
  }

  private async countFiltered(scope: AgreedScope): Promise<number> {
    const parameters = new Parameters();
    parameters.add(this.bounds.filteredSetItemsMax);
    const text = countFiltered(scopeConditions(scope, 'r', parameters));
    const [row] = await this.query<{ count: number }>({ text, values: parameters.values });
    return row!.count;
  }

  close(): void {
    this.connections.close();
  }
}
