/**
 * Reads prisma/schema.prisma into the same plain shape as live-schema.ts reads a database, so that a test can say
 * that the two agree. It knows the words that the file uses and throws at any other, rather than skip it.
 */
export interface Table {
  /** Column name to its type, `not null` and whether it has a default. */
  readonly columns: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[];
  /** Index name to `[unique] <method> (<columns>)`. What Prisma has no words for, such as predicates, is left out. */
  readonly indexes: Readonly<Record<string, string>>;
}

export type Schema = Readonly<Record<string, Table>>;

const types: Readonly<Record<string, string>> = {
  String: 'text',
  BigInt: 'bigint',
  Int: 'integer',
  Bytes: 'bytea',
  Boolean: 'boolean',
  Json: 'jsonb',
  Float: 'double precision',
  DateTime: 'timestamp(3) without time zone',
};

const nativeTypes: readonly (readonly [RegExp, (precision: string) => string])[] = [
  [/@db\.Timestamptz\((\d)\)/, (precision) => `timestamp(${precision}) with time zone`],
  [/@db\.SmallInt/, () => 'smallint'],
  [/@db\.Uuid/, () => 'uuid'],
  [/@db\.Date\b/, () => 'date'],
];

export function readSchemaFile(text: string): Schema {
  const models = text.matchAll(/^model (\w+) \{\n(.*?)^\}/gms);
  return Object.fromEntries([...models].map(([, name, body]) => readModel(name!, body!)));
}

function readModel(model: string, body: string): [string, Table] {
  const lines = body
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .filter((line) => line !== '');
  const fields = lines.filter((line) => !line.startsWith('@@')).map(readField);
  const columnOf = new Map(fields.map(({ field, column }) => [field, column]));
  const columnsIn = (list: string) =>
    list.split(',').map((name) => columnOf.get(name.trim()) ?? unknown(model, name));

  let table = model;
  let primaryKey = fields.filter(({ isId }) => isId).map(({ column }) => column);
  const indexes: Record<string, string> = {};
  for (const line of lines.filter((each) => each.startsWith('@@'))) {
    const { kind, list, map, method } = readAttribute(line);
    if (kind === 'map') table = map;
    else if (kind === 'id') primaryKey = columnsIn(list);
    else if (kind === 'unique') indexes[map] = `unique btree (${columnsIn(list).join(', ')})`;
    else if (kind === 'index') indexes[map] = `${method} (${columnsIn(list).join(', ')})`;
    else unknown(model, line);
  }
  return [
    table,
    { columns: Object.fromEntries(fields.map(({ column, shape }) => [column, shape])), primaryKey, indexes },
  ];
}

interface Field {
  readonly field: string;
  readonly column: string;
  readonly shape: string;
  readonly isId: boolean;
}

function readField(line: string): Field {
  const [, field, type, marks, attributes] =
    /^(\w+)\s+(\w+(?:\("\w+"\))?)(\?|\[\])?\s*(.*)$/.exec(line) ?? unknown('field', line);
  const native = nativeTypes
    .map(([words, name]) => [words.exec(attributes!), name] as const)
    .find(([found]) => found);
  const base =
    native?.[1](native[0]![1] ?? '') ??
    types[type!] ??
    /^Unsupported\("(\w+)"\)$/.exec(type!)?.[1] ??
    unknown('type', line);
  const shape = [
    marks === '[]' ? `${base}[]` : base,
    ...(marks === '?' ? [] : ['not null']),
    ...(attributes!.includes('@default(') ? ['default'] : []),
  ].join(' ');
  const column = /@map\("(\w+)"\)/.exec(attributes!)?.[1] ?? field!;
  return { field: field!, column, shape, isId: /@id\b/.test(attributes!) };
}

function readAttribute(line: string): { kind: string; list: string; map: string; method: string } {
  const [, kind] = /^@@(\w+)\(/.exec(line) ?? unknown('attribute', line);
  return {
    kind: kind!,
    list: /\[(.*?)\]/.exec(line)?.[1] ?? '',
    map: /(?:map: |@@map\()"(\w+)"/.exec(line)?.[1] ?? '',
    method: (/type: (\w+)/.exec(line)?.[1] ?? 'btree').toLowerCase(),
  };
}

function unknown(where: string, what: string): never {
  throw new Error(`schema.prisma says something that this reader does not know (${where}): ${what}`);
}
