/**
 * Compares what archives hold, in full: every id and every body, read from their databases and not asked of the archives.
 * Memory is bounded: the sets are read side by side in the order of their ids.
 */
import { createHash } from 'node:crypto';
import { Client } from 'pg';

export interface Difference {
  /** base64url */
  readonly id: string;
  /** The places of those that hold it, by the order of the databases. */
  readonly heldBy: readonly number[];
  /** `body`: all hold it, but not all the same signed text. */
  readonly what: 'missing' | 'body';
}

export interface ComparedRecords {
  readonly isSame: boolean;
  /** Distinct records that any of them holds. */
  readonly records: number;
  /** How many each holds. */
  readonly held: readonly number[];
  readonly differences: number;
  /** The first of them. */
  readonly examples: readonly Difference[];
}

const rowsAtOnce = 1_000;
const examplesMax = 20;

/** @param databaseUrls of archives that are up, two or more */
export async function compareRecords(databaseUrls: readonly string[]): Promise<ComparedRecords> {
  const sides = databaseUrls.map((url) => heldRecords(url));
  try {
    const heads = await Promise.all(sides.map(nextOf));
    const held = heads.map(() => 0);
    const examples: Difference[] = [];
    let records = 0;
    let differences = 0;
    for (;;) {
      const id = heads.reduce<string | undefined>(
        (least, head) => (head !== undefined && (least === undefined || head.id < least) ? head.id : least),
        undefined,
      );
      if (id === undefined) break;
      records++;
      const holding = heads.flatMap((head, place) => (head?.id === id ? [place] : []));
      const bodies = new Set(holding.map((place) => heads[place]!.jws));
      if (holding.length < heads.length || bodies.size > 1) {
        const what = holding.length < heads.length ? 'missing' : 'body';
        if (++differences <= examplesMax) {
          examples.push({ id: Buffer.from(id, 'hex').toString('base64url'), heldBy: holding, what });
        }
      }
      for (const place of holding) {
        held[place]!++;
        heads[place] = await nextOf(sides[place]!);
      }
    }
    return { isSame: differences === 0, records, held, differences, examples };
  } finally {
    await Promise.all(sides.map((side) => side.return(undefined)));
  }
}

export interface HeldRecord {
  /** Hexadecimal, so that texts have the order of the bytes. */
  readonly id: string;
  readonly jws: string;
}

/** Everything that is held and not retracted, by id. Throws when a body is not the one that its id stands for. */
export async function* heldRecords(databaseUrl: string): AsyncGenerator<HeldRecord, undefined> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    let after = '';
    for (;;) {
      const { rows } = await client.query<HeldRecord>({
        name: 'held',
        text: `select encode(id, 'hex') as id, jws from record
               where jws is not null and id > decode($1, 'hex') order by record.id limit $2`,
        values: [after, rowsAtOnce],
      });
      for (const row of rows) {
        if (row.id !== idOf(row.jws)) throw new Error(`Under the id ${row.id} stands another record.`);
        yield row;
      }
      if (rows.length < rowsAtOnce) return undefined;
      after = rows.at(-1)!.id;
    }
  } finally {
    await client.end();
  }
}

/** How many are held and not retracted. */
export async function countHeld(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>(
      'select count(*) from record where jws is not null',
    );
    return Number(rows[0]!.count);
  } finally {
    await client.end();
  }
}

const nextOf = async (side: AsyncGenerator<HeldRecord, undefined>): Promise<HeldRecord | undefined> =>
  (await side.next()).value;

const idOf = (jws: string): string =>
  createHash('sha256')
    .update(jws.slice(0, jws.lastIndexOf('.')))
    .digest('hex');
