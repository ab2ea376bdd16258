/** The table `peer`: other archives, how far this one has got with each, and what went wrong. */
import { Injectable } from '@nestjs/common';
import type { Progress, ProposedPeer } from '@holdfast/gossip';
import { archiveLimits } from '../limits.js';
import { Database } from '../platform/database/database.js';
import type { Peer, PeerState, PeerTrouble } from './peer.js';
import * as sql from './peer.sql.js';

export interface KeptKeys {
  /** Where its operator says that it is. */
  readonly url: string | undefined;
  readonly endorsements: readonly string[];
}

/** What a peer says may be in the detail: a terminal would obey some of it, and the database takes no NUL. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

@Injectable()
export class PeerRepository {
  constructor(private readonly database: Database) {}

  async list(): Promise<Peer[]> {
    return (await this.rows(sql.listSql, [])).map(peerOf);
  }

  async find(id: string): Promise<Peer | undefined> {
    return (await this.rows(sql.findSql, [id])).map(peerOf)[0];
  }

  async add(id: string, url: string): Promise<Peer> {
    return peerOf((await this.rows(sql.addSql, [id, url]))[0]!);
  }

  /** Somebody unknown becomes one that is pending; of these the oldest make room. */
  async asked(id: string, url: string | undefined): Promise<Peer> {
    const [row] = await this.rows(sql.askedSql, [id, url ?? null]);
    if (row!.is_new === true) await this.rows(sql.dropOldAsksSql, [archiveLimits.peerAsksMax]);
    return peerOf(row!);
  }

  async setState(id: string, state: PeerState): Promise<Peer | undefined> {
    return (await this.rows(sql.setStateSql, [id, state])).map(peerOf)[0];
  }

  async remove(id: string): Promise<boolean> {
    return (await this.rows(sql.removeSql, [id])).some((row) => row.id === id);
  }

  async heard(id: string): Promise<void> {
    await this.rows(sql.heardSql, [id]);
  }

  async trouble(id: string, { code, detail, misbehaved, nextAttemptAtMs }: PeerTrouble): Promise<void> {
    const text = `${code}: ${detail}`
      .slice(0, archiveLimits.peerErrorLengthMax)
      .replaceAll(unprintable, '\ufffd');
    const next = nextAttemptAtMs === undefined ? null : new Date(nextAttemptAtMs);
    await this.rows(sql.troubleSql, [id, text, Number(misbehaved), next]);
  }

  async fine(id: string): Promise<void> {
    await this.rows(sql.fineSql, [id]);
  }

  async propose(from: string, peers: readonly ProposedPeer[]): Promise<void> {
    const { proposalsPerPeerMax, proposalsMax } = archiveLimits;
    const [ids, urls] = [peers.map(({ id }) => id), peers.map(({ url }) => url)];
    await this.rows(sql.proposeSql, [from, ids, urls, proposalsPerPeerMax, proposalsMax]);
  }

  /** Trusted ones that have an address, without the one that is told. */
  async known(told: string): Promise<ProposedPeer[]> {
    const { rows } = await this.database.query<{ id: string; url: string }>({
      ...sql.knownSql,
      values: [told, archiveLimits.toldPeersMax],
    });
    return rows;
  }

  async keys(id: string): Promise<KeptKeys | undefined> {
    const { rows } = await this.database.query<{
      url: string | null;
      origin: string;
      endorsements: string[];
    }>({ ...sql.keysSql, values: [id] });
    return rows.map(({ url, origin, endorsements }) => ({
      url: origin === 'operator' ? (url ?? undefined) : undefined,
      endorsements,
    }))[0];
  }

  async keepKeys(id: string, endorsements: readonly string[]): Promise<void> {
    await this.rows(sql.keepKeysSql, [id, endorsements]);
  }

  async loadProgress(id: string): Promise<Progress | undefined> {
    const { rows } = await this.database.query<Progress & Record<string, unknown>>({
      ...sql.loadProgressSql,
      values: [id],
    });
    return rows[0];
  }

  async saveProgress(id: string, { records, stage, departures, scope }: Progress): Promise<void> {
    await this.rows(sql.saveProgressSql, [id, records, stage, departures, scope]);
  }

  async synced(id: string, horizon: number | undefined): Promise<void> {
    await this.rows(sql.syncedSql, [id, horizon ?? null]);
  }

  async earliestHorizon(): Promise<number | undefined> {
    const { rows } = await this.database.query<{ horizon: number | null }>(sql.earliestHorizonSql);
    return rows[0]!.horizon ?? undefined;
  }

  private async rows(statement: { name: string; text: string }, values: unknown[]): Promise<PeerRow[]> {
    return (await this.database.query<PeerRow>({ ...statement, values })).rows;
  }
}

interface PeerRow {
  readonly id: string;
  readonly url: string | null;
  readonly state: PeerState;
  readonly origin: string;
  readonly added_at: Date;
  readonly synced_at: Date | null;
  readonly horizon: string | null;
  readonly heard_at: Date | null;
  readonly error: string | null;
  readonly error_at: Date | null;
  readonly misbehaved: number;
  readonly next_attempt_at: Date | null;
  readonly is_new?: boolean;
}

const peerOf = (row: PeerRow): Peer => ({
  id: row.id,
  url: row.url ?? undefined,
  state: row.state,
  origin: row.origin,
  addedAtMs: row.added_at.getTime(),
  syncedAtMs: row.synced_at?.getTime(),
  horizon: row.horizon === null ? undefined : Number(row.horizon),
  heardAtMs: row.heard_at?.getTime(),
  error: row.error ?? undefined,
  errorAtMs: row.error_at?.getTime(),
  misbehaved: row.misbehaved,
  nextAttemptAtMs: row.next_attempt_at?.getTime(),
});
