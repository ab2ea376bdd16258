import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { textOfFile, vectorFiles } from './generate/vector-files.js';
import { runVectors } from './run.js';
import { piecesOf, textOf, type VectorFile } from './vector-file.js';

// Some hundred crates are sealed and opened, which takes longer on a busy machine.

const folder = new URL('../../../../vectors/', import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
const committed = new Map(
  await Promise.all(
    names.map(async (name) => [name, await readFile(new URL(name, folder), 'utf8')] as const),
  ),
);

describe('the vectors', () => {
  it.each(names)('%s come out as the file says', async (name) => {
    const file = JSON.parse(committed.get(name)!) as VectorFile;
    expect(file.cases.length).toBeGreaterThan(0);
    expect(await runVectors(file)).toEqual([]);
  });

  it('are what tools/write-vectors.mjs writes', async () => {
    const files = await vectorFiles();
    expect(names.toSorted()).toEqual(files.map((file) => `${file.kind}.json`).toSorted());
    const differing = files.filter((file) => committed.get(`${file.kind}.json`) !== textOfFile(file));
    expect(differing.map((file) => file.kind)).toEqual([]);
  });

  it('are mostly refusals, and no two cases of a file have one name', () => {
    const files = [...committed.values()].map((text) => JSON.parse(text) as VectorFile);
    const cases = files.flatMap((file) => file.cases);
    expect(cases.filter((one) => !one.expect.ok).length).toBeGreaterThan(cases.length / 2);
    for (const file of files) expect(new Set(file.cases.map((one) => one.name)).size).toBe(file.cases.length);
  });

  it('fail when a verdict is turned round', async () => {
    for (const text of committed.values()) {
      const file = JSON.parse(text) as VectorFile;
      const turned = file.cases.slice(0, 10).map((one) => ({
        ...one,
        expect: one.expect.ok ? { ok: false as const } : { ok: true as const },
      }));
      expect(await runVectors({ ...file, cases: turned })).toHaveLength(turned.length);
    }
  });
});

describe('pieces of a text', () => {
  it.each(['', 'abc', 'a'.repeat(500), `<${'ab'.repeat(300)}>${'c'.repeat(64)}`, 'x'.repeat(63)])(
    'are joined to the text that they were made of (%#)',
    (text) => {
      expect(textOf(piecesOf(text))).toBe(text);
    },
  );
});
