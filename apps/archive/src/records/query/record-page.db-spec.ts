import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits, type QueryFilter } from '@holdfast/protocol';
import { seedRecords } from '@holdfast/testing';
import type { Client } from 'pg';
import pg from 'pg';
import { openSpecDatabase, type SpecDatabase } from '../../../test/database-for-spec.js';
import { recordPageStatement } from './record-page.sql.js';

/** Enough that an index is worth its while: the fewer there are, the sooner a planner reads the table from end to end. */
const recordCount = 250_000;
/** The seeded records lie a second apart and end here. */
const newestIat = 1_790_000_000;
const after = { iat: newestIat - recordCount / 2, seq: recordCount / 2 };
const bounds = { rows: limits.queryLimitDefault + 1, bytes: 1 << 20 };

let db: SpecDatabase;
let client: Client;
let author: string;

beforeAll(async () => {
  db = await openSpecDatabase();
  author = (await seedRecords(db.url, recordCount)).authors[0]!;
  client = new pg.Client({ connectionString: db.url });
  await client.connect();
}, 600_000);

afterAll(async () => {
  await client.end();
  await db.drop();
});

/** Members with values that are rare and values that are common: either can lead the planner astray. */
const members: readonly (readonly [string, readonly object[]])[] = [
  ['author', [{}]],
  ['collection', [{ collection: 'notes' }]],
  ['key', [{ key: 'key-7' }]],
  ['topic', [{ topic: 'common' }, { topic: 'topic-7' }, { topic: 'unheard-of' }]],
  ['q', [{ q: 'kelp' }, { q: 'rare77' }, { q: 'unheard-of' }]],
  [
    'time',
    [
      { since: newestIat - 1000 },
      { until: newestIat - recordCount + 1000 },
      { since: newestIat - 0.6 * recordCount, until: newestIat - 0.4 * recordCount },
    ],
  ],
];

const sets = Array.from({ length: 2 ** members.length }, (_, bits) =>
  members.filter((_member, i) => bits & (1 << i)),
);
const nameOf = (set: typeof members) => set.map(([name]) => name).join(', ') || 'nothing';

/** Every choice of one value for each member of the set. */
function filtersOf(set: typeof members): QueryFilter[] {
  let filters: QueryFilter[] = [{}];
  for (const [name, values] of set) {
    filters = filters.flatMap((filter) =>
      values.map((value) => ({ ...filter, ...(name === 'author' ? { author } : value) })),
    );
  }
  return filters.flatMap((filter) => [filter, { ...filter, history: true }]);
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

async function planOf(filter: QueryFilter, position?: typeof after): Promise<Plan> {
  const { text, values } = recordPageStatement(filter, newestIat, bounds, position);
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (format json) ${text}`,
    values,
  );
  return rows[0]!['QUERY PLAN'][0].Plan;
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

describe('the plan of a query at a quarter of a million records', () => {
  it.each(sets.map((set) => [nameOf(set), set] as const))(
    'reads no table from end to end, by %s',
    async (_name, set) => {
      for (const filter of filtersOf(set)) {
        for (const position of [undefined, after]) {
          const scans = nodesOf(await planOf(filter, position)).filter(
            (node) => node['Node Type'] === 'Seq Scan',
          );
          expect({ filter, position, scans }).toEqual({ filter, position, scans: [] });
        }
      }
    },
  );

  it.each<[string, (author: string) => QueryFilter]>([
    ['nothing', () => ({})],
    ['author', (author) => ({ author })],
    ['collection', () => ({ collection: 'notes' })],
    ['author and collection', (author) => ({ author, collection: 'notes' })],
    ['author, collection and history', (author) => ({ author, collection: 'notes', history: true })],
  ])('takes the order of an index, and sorts no rows, by %s', async (_name, filterOf) => {
    for (const position of [undefined, after]) {
      const nodes = nodesOf(await planOf(filterOf(author), position)).map((node) => node['Node Type']);
      expect(nodes.filter((node) => /Sort/.test(node))).toEqual([]);
    }
  });

  it('costs a deep page what it costs the first one', async () => {
    const buffersOf = async (position?: typeof after) => {
      const { text, values } = recordPageStatement({ collection: 'notes' }, newestIat, bounds, position);
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        `explain (analyze, buffers, format json) ${text}`,
        values,
      );
      const plan = rows[0]!['QUERY PLAN'][0].Plan;
      return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
    };
    const first = await buffersOf();
    expect(await buffersOf({ iat: newestIat - recordCount + 5000, seq: 5000 })).toBeLessThan(first * 2 + 20);
  });
});
