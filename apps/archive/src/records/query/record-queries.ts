/** Reading records: one by its id, pages by a filter. spec/doors.md, "Queries". */
import { Injectable } from '@nestjs/common';
import { HoldfastError, limits, valueOf, type QueryFilter } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { ArchiveIdentity } from '../../platform/archive-identity/archive-identity.js';
import { decodePageCursor, encodePageCursor } from './page-cursor.js';
import { ReadingConnections } from '../../platform/database/reading-connections.js';
import { recordPageStatement } from './record-page.sql.js';

export interface RecordPage {
  /** Compact JWS, newest first. */
  readonly records: string[];
  /** Present when there may be more. */
  readonly cursor?: string;
}

export interface StoredRecord {
  readonly jws: string;
  /** NumericDate, seconds. */
  readonly exp: number | undefined;
}

@Injectable()
export class RecordQueries {
  constructor(
    private readonly connections: ReadingConnections,
    private readonly identity: ArchiveIdentity,
  ) {}

  /** @throws HoldfastError `record-not-found`, `record-retracted`, `record-expired` */
  async get(id: string): Promise<StoredRecord> {
    const [row] = await this.connections.query<{ jws: string | null; exp: string | null }>({
      text: 'select jws, exp from record where id = $1',
      values: [Buffer.from(id, 'base64url')],
    });
    if (row === undefined) throw new HoldfastError('record-not-found', 'No record of this id is held here.');
    if (row.jws === null) throw new HoldfastError('record-retracted', 'The author has retracted the record.');
    const exp = row.exp === null ? undefined : Number(row.exp);
    if (exp !== undefined && exp <= now()) {
      throw new HoldfastError('record-expired', `The record expired at ${exp}.`);
    }
    return { jws: row.jws, exp };
  }

  /** @throws HoldfastError `cursor-invalid`, `query-timeout`, `overloaded` */
  async page(filter: QueryFilter): Promise<RecordPage> {
    const archive = this.identity.id;
    const after =
      filter.cursor === undefined ? undefined : valueOf(decodePageCursor(archive, filter, filter.cursor));
    const limit = filter.limit ?? limits.queryLimitDefault;
    // One more than asked for tells whether there is another page.
    const bounds = { rows: limit + 1, bytes: archiveLimits.pageBytesMax };
    const rows = await this.connections.query<{ iat: string; seq: string; jws: string }>(
      recordPageStatement(filter, now(), bounds, after),
    );
    const isCut = rows.length <= limit && rows.reduce((sum, { jws }) => sum + jws.length, 0) >= bounds.bytes;
    const kept = rows.slice(0, limit);
    const last = kept.at(-1);
    const records = kept.map(({ jws }) => jws);
    if (last === undefined || (rows.length <= limit && !isCut)) return { records };
    const position = { iat: Number(last.iat), seq: Number(last.seq) };
    return { records, cursor: encodePageCursor(archive, filter, position) };
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
