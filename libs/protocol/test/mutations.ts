/**
 * Mutations that leave most of a valid input as it was, so that they come past the first check and reach the others:
 * edits of the tree of a JSON value, of its text, and of bytes.
 */
import fc from 'fast-check';

/** A JSON text made from one of the values by up to three edits of the tree and up to two of the text. */
export function mutatedJson(values: readonly unknown[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...values),
      fc.array(treeEdit, { maxLength: 3 }),
      fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(textEdit, { maxLength: 2 })),
    )
    .map(([value, treeEdits, textEdits]) => {
      const tree: Tree = { root: structuredClone(value) };
      for (const edit of treeEdits) editTree(tree, edit);
      return textEdits.reduce(editText, JSON.stringify(tree.root) ?? '');
    });
}

/** Bytes made from one of the values by one to three splices. */
export function mutatedBytes(values: readonly Uint8Array[]): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc
    .tuple(fc.constantFrom(...values), fc.array(byteEdit, { minLength: 1, maxLength: 3 }))
    .map(([value, edits]) =>
      edits.reduce((bytes, { at, removed, inserted }) => {
        const start = at % (bytes.length + 1);
        return Uint8Array.from([
          ...bytes.subarray(0, start),
          ...inserted,
          ...bytes.subarray(start + removed),
        ]);
      }, Uint8Array.from(value)),
    );
}

const oddValue = fc.oneof(
  fc.constantFrom<unknown[]>(null, true, 0, -0, -1, 1.5, 1e21, 2 ** 53, 253402300800, '', '\0', '\ud800'),
  fc.constantFrom<unknown[]>('a'.repeat(300), 'A'.repeat(43), 'A'.repeat(86), [], {}, [[]], [[[]]], [null]),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const memberName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '\ud800', '0', 'n', 'op', 'key', 'exp', 'refs'),
  fc.string({ maxLength: 4 }),
);
const treeEdit = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'repeat', 'wrap', 'add', 'cut'),
  name: memberName,
  value: oddValue,
});
type TreeEdit = typeof treeEdit extends fc.Arbitrary<infer T> ? T : never;

const textEdit = fc.record({
  at: fc.nat(),
  removed: fc.nat(3),
  inserted: fc.constantFrom(
    ...['', '"', '\\', '\\ud800', '{', '}', '[', ']', ',', ':', ' ', '\u0000', '\ufeff', '-', '.', '1e999'],
    ...['"iat":1,', '"__proto__":{},', '"op":"get",', '[['.repeat(50), '9'.repeat(400)],
  ),
});
type TextEdit = typeof textEdit extends fc.Arbitrary<infer T> ? T : never;

const byteEdit = fc.record({
  at: fc.oneof(fc.nat(160), fc.nat()),
  removed: fc.nat(3),
  inserted: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc.constantFrom(
      ...[[0x1b, 0, 0, 0, 1, 0, 0, 0, 0], [0x58, 31], [0x5f], [0x9f], [0xff], [0x5b, 255, 255, 255, 255]],
    ),
  ),
});

interface Tree {
  root: unknown;
}

function editTree(tree: Tree, { at, how, name, value }: TreeEdit): void {
  const places = placesOf(tree, 'root');
  const [holder, key] = places[at % places.length]!;
  const old = (holder as Record<string, unknown>)[key];
  const container = typeof old === 'object' && old !== null ? old : undefined;
  if (how === 'remove') delete (holder as Record<string, unknown>)[key];
  else if (how === 'repeat') define(holder, key, [old, structuredClone(old)]);
  else if (how === 'wrap') define(holder, key, { [name]: old });
  else if (how === 'cut' && typeof old === 'string') define(holder, key, old.slice(0, -1));
  else if (how === 'add' && Array.isArray(container)) container.push(structuredClone(value));
  else if (how === 'add' && container !== undefined) define(container, name, structuredClone(value));
  else define(holder, key, structuredClone(value));
}

/** Own property, also where the name is "__proto__". */
const define = (holder: object, key: string, value: unknown): unknown =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

function placesOf(holder: object, key: string): [holder: object, key: string][] {
  const value = (holder as Record<string, unknown>)[key];
  const below =
    typeof value === 'object' && value !== null
      ? Object.keys(value).flatMap((name) => placesOf(value, name))
      : [];
  return [[holder, key], ...below];
}

function editText(text: string, { at, removed, inserted }: TextEdit): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + inserted + text.slice(start + removed);
}
