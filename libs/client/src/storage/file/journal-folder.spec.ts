import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGeneration, openNewestJournal } from './journal-folder.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-folder-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('a generation of the journal', () => {
  it('is the whole one of whoever was first, though another writes the same one beside', async () => {
    let begin = (): void => undefined;
    const otherHasBegun = new Promise<void>((resolve) => (begin = resolve));
    let end = (): void => undefined;
    const oneIsDone = new Promise<void>((resolve) => (end = resolve));
    const one = createGeneration(folder, 2, async (file) => {
      await file.appendFile('one, whole');
      await otherHasBegun;
    });
    const other = createGeneration(folder, 2, async (file) => {
      await file.appendFile('other, ');
      begin();
      await oneIsDone;
      await file.appendFile('whole');
    });
    await one;
    expect(await readFile(join(folder, 'journal-00000002'), 'utf8')).toBe('one, whole');
    end();
    await other;
    expect(await readFile(join(folder, 'journal-00000002'), 'utf8')).toBe('one, whole');
    expect(await readdir(folder)).toEqual(['journal-00000002']);
  });

  it('does not come back once a later one is there, however late its writer is', async () => {
    let go = (): void => undefined;
    const isLate = new Promise<void>((resolve) => (go = resolve));
    let begin = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begin = resolve));
    const late = createGeneration(folder, 2, async (file) => {
      await file.appendFile('what was erased');
      begin();
      await isLate;
    });
    await hasBegun;
    await createGeneration(folder, 2, async () => undefined);
    await createGeneration(folder, 3, async (file) => file.appendFile('what is left'));
    const { file, generation } = await openNewestJournal(folder);
    await file.close();
    expect(generation).toBe(3);
    expect(await readdir(folder)).toEqual(['journal-00000003']);
    go();
    await late;
    await createGeneration(folder, 2, () => Promise.reject(new Error('is not even begun')));
    expect(await readdir(folder)).toEqual(['journal-00000003']);
  });
});
