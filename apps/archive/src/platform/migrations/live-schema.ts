/** Reads the tables of a database into the shape that schema-file.ts reads schema.prisma into. */
import type { ClientBase } from 'pg';
import type { Schema } from './schema-file.js';

interface ColumnRow {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly not_null: boolean;
  readonly has_default: boolean;
}

interface IndexRow {
  readonly table: string;
  readonly name: string;
  readonly is_primary: boolean;
  readonly is_unique: boolean;
  readonly method: string;
  readonly columns: string[];
}

export async function readLiveSchema(client: ClientBase): Promise<Schema> {
  const { rows: columns } = await client.query<ColumnRow>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
            a.attnotnull as not_null, a.atthasdef or a.attidentity <> '' as has_default
       from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      order by c.relname, a.attnum`,
  );
  const { rows: indexes } = await client.query<IndexRow>(
    `select t.relname as table, i.relname as name, x.indisprimary as is_primary, x.indisunique as is_unique,
            m.amname as method,
            array(select pg_get_indexdef(i.oid, n, true) from generate_series(1, x.indnkeyatts) n order by n) as columns
       from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid join pg_am m on m.oid = i.relam
      where t.relnamespace = 'public'::regnamespace`,
  );
  const tables = [...new Set(columns.map(({ table }) => table))];
  return Object.fromEntries(
    tables.map((table) => {
      const own = indexes.filter((index) => index.table === table);
      return [
        table,
        {
          columns: Object.fromEntries(
            columns.filter((row) => row.table === table).map((row) => [row.column, shapeOf(row)]),
          ),
          primaryKey: own.find(({ is_primary }) => is_primary)?.columns ?? [],
          indexes: Object.fromEntries(
            own.filter(({ is_primary }) => !is_primary).map((index) => [index.name, definitionOf(index)]),
          ),
        },
      ];
    }),
  );
}

function shapeOf({ type, not_null, has_default }: ColumnRow): string {
  return [type, ...(not_null ? ['not null'] : []), ...(has_default ? ['default'] : [])].join(' ');
}

function definitionOf({ is_unique, method, columns }: IndexRow): string {
  return `${is_unique ? 'unique ' : ''}${method} (${columns.join(', ')})`;
}
