/**
 * Crates that other archives have offered and that have not come, and the ways out that were told of meanwhile: a proof
 * for a crate that is not here cannot be checked, so it is kept only for whoever has offered that crate.
 */
import { Injectable } from '@nestjs/common';
import { encodeBase64url, limits, type Offer, type ToldDeparture, type Way } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { Database } from '../../platform/database/database.js';
import type { AskingArchive } from '../../platform/archive-identity/archive-tokens.js';
import {
  dropSql,
  endSql,
  isOfferedSql,
  noteDepartureSql,
  noteSql,
  ofSql,
  openOfSql,
  totalsSql,
  unheardSql,
} from './offer.sql.js';

/** Offers of crates that have not come, without a proof and with one. */
export interface OfferCounts {
  readonly offers: number;
  readonly early: number;
}

export interface NotedOffer {
  readonly crate: string;
  readonly archive: string;
  readonly url: string | undefined;
  readonly holders: readonly string[];
  readonly departure: { readonly way: Way; readonly proof: Uint8Array } | undefined;
}

const skewHours = limits.clockSkewSecondsMax / 3600;

@Injectable()
export class OfferRepository {
  constructor(private readonly database: Database) {}

  /** @param hour the present one */
  async note({ archive, url }: AskingArchive, offers: readonly Offer[], hour: number): Promise<void> {
    const values = [
      offers.map(({ crate }) => toBytes(crate)),
      toBytes(archive),
      url ?? null,
      offers.map(({ holders }) => JSON.stringify(holders)),
      offers.map(({ expiryHour }) => expiryHour),
      offers.map(({ expiryHour }) => Math.min(expiryHour + skewHours, hour + archiveLimits.offerHoursMax)),
      archiveLimits.offersPerCrateMax,
    ];
    await this.database.query({ ...noteSql, values });
  }

  /** `full`: that archive has told of too many already, or too many others have offered this one. */
  async noteDeparture(archive: string, told: ToldDeparture): Promise<'noted' | 'not-offered' | 'full'> {
    const key = [toBytes(told.crate), toBytes(archive)];
    const proof = [told.way, toBytes(told.proof), skewHours, archiveLimits.earlyDeparturesPerArchiveMax];
    const noted = await this.database.query({ ...noteDepartureSql, values: [...key, ...proof] });
    if (noted.rowCount === 1) return 'noted';
    const offered = await this.database.query({
      ...isOfferedSql,
      values: [...key, archiveLimits.offersPerCrateMax],
    });
    return offered.rowCount === 1 ? 'full' : 'not-offered';
  }

  /** How many of an archive's offers are open, and which of these crates it has offered already. */
  async openOf(
    archive: string,
    crates: readonly string[],
  ): Promise<{ readonly count: number; readonly crates: ReadonlySet<string> }> {
    const values = [toBytes(archive), archiveLimits.offersPerArchiveMax, crates.map(toBytes)];
    const { rows } = await this.database.query<{ count: number; known: Buffer[] }>({ ...openOfSql, values });
    const { count, known } = rows[0]!;
    return { count, crates: new Set(known.map(encodeBase64url)) };
  }

  async totals(): Promise<OfferCounts> {
    const { rows } = await this.database.query<OfferCounts>(totalsSql);
    return rows[0]!;
  }

  async of(crates: readonly string[]): Promise<NotedOffer[]> {
    const { rows } = await this.database.query<OfferRow>({ ...ofSql, values: [crates.map(toBytes)] });
    return rows.map(({ crate, archive, url, holders, way, proof }) => ({
      crate: encodeBase64url(crate),
      archive: encodeBase64url(archive),
      url: url ?? undefined,
      holders,
      departure: way === null || proof === null ? undefined : { way, proof },
    }));
  }

  /** Answers what was dropped. */
  async drop(crates: readonly string[]): Promise<OfferCounts> {
    const { rows } = await this.database.query<OfferCounts>({ ...dropSql, values: [crates.map(toBytes)] });
    return rows[0]!;
  }

  /** Ends those that are no longer waited for at this hour, at most a batch; answers how many. */
  async end(hour: number): Promise<number> {
    const { rowCount } = await this.database.query({
      ...endSql,
      values: [hour, archiveLimits.offerBatchMax],
    });
    return rowCount ?? 0;
  }

  async unheard(): Promise<string[]> {
    const values = [archiveLimits.offerBatchMax];
    const { rows } = await this.database.query<{ crate: Buffer }>({ ...unheardSql, values });
    return rows.map(({ crate }) => encodeBase64url(crate));
  }
}

interface OfferRow {
  readonly crate: Buffer;
  readonly archive: Buffer;
  readonly url: string | null;
  readonly holders: string[];
  readonly way: Way | null;
  readonly proof: Buffer | null;
}

const toBytes = (text: string): Buffer => Buffer.from(text, 'base64url');
