import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storageContract } from '../../../test/storage-contract.js';
import { limits } from '../../limits.js';
import { put, type Storage } from '../storage.js';
import { fileStorage } from './file-storage.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-storage-'));
});

afterEach(() => rm(folder, { recursive: true }));

const journalName = async (): Promise<string> => {
  const [name, ...others] = (await readdir(folder)).filter((file) => file.startsWith('journal-'));
  expect(others).toEqual([]);
  return name!;
};

/** Whether any file of the folder has the text. */
async function keeps(text: string): Promise<boolean> {
  const files = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  return files.some((file) => file.includes(text));
}

async function withStorage<T>(use: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await fileStorage(folder);
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}

describe('the file storage', () => {
  for (const { name, run } of storageContract) {
    it(name, () => run({ open: () => fileStorage(folder), isLasting: true, keeps }));
  }

  it('makes a folder and a file that only their owner can read', async () => {
    folder = join(folder, 'home', 'store');
    await withStorage((storage) => storage.write([put('a', '1')]));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, await journalName()))).mode & 0o777).toBe(0o600);
    folder = join(folder, '..', '..');
  });

  it('passes over a half-written line, and what is written after it counts', async () => {
    await withStorage((storage) => storage.write([put('a', '1'), put('b', '1')]));
    const journal = join(folder, await journalName());
    const whole = await readFile(journal);
    for (let length = whole.length - 1; length > 0; length--) {
      await writeFile(journal, whole.subarray(0, length));
      const seen = await withStorage(async (storage) => {
        const before = await storage.list('');
        await storage.write([put('c', '1')]);
        expect(await storage.get('c')).toBe('1');
        return before.length;
      });
      // Only the line end is missing: the line is whole as soon as the next append has ended it.
      expect([0, length === whole.length - 1 ? 2 : 0]).toContain(seen);
      expect((await withStorage((storage) => storage.list('a'))).length).toBe(
        length === whole.length - 1 ? 1 : 0,
      );
    }
  });

  it('passes over a line that has been changed', async () => {
    await withStorage(async (storage) => {
      await storage.write([put('a', '1')]);
      await storage.write([put('b', '1')]);
    });
    const journal = join(folder, await journalName());
    const text = await readFile(journal, 'utf8');
    await writeFile(journal, text.replace('["a","1"]', '["a","7"]'));
    expect(await withStorage((storage) => storage.list(''))).toEqual([{ key: 'b', value: '1' }]);
  });

  it('begins a new journal when the old one is mostly history, and loses nothing by it', async () => {
    const long = 'x'.repeat(limits.journalCompactBytesMin / 8);
    await withStorage(async (storage) => {
      await storage.write([put('kept', 'short'), put('kept too', long)]);
      for (let i = 0; i < 40; i++) await storage.write([put('changing', `${i}${long}`)]);
      expect(await storage.get('kept too')).toBe(long);
    });
    expect(await journalName()).not.toBe('journal-00000001');
    expect((await stat(join(folder, await journalName()))).size).toBeLessThan(
      limits.journalCompactBytesMin * 2,
    );
    await withStorage(async (storage) => {
      expect((await storage.list('')).map(({ key }) => key)).toEqual(['changing', 'kept', 'kept too']);
      expect(await storage.get('changing')).toBe(`39${long}`);
      expect(await storage.get('kept')).toBe('short');
    });
  });

  it('is shared while it begins new journals: no write of either is lost', async () => {
    const long = 'x'.repeat(limits.journalCompactBytesMin / 16);
    const [one, other] = [await fileStorage(folder), await fileStorage(folder)];
    const fill = async (storage: Storage, name: string): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await storage.write([put(`${name}/${i}`, String(i)), put(`${name}-changing`, long)]);
        await storage.update(['n'], ([n]) => [put('n', String(Number(n ?? 0) + 1))]);
      }
    };
    await Promise.all([fill(one, 'one'), fill(other, 'other')]);
    for (const storage of [one, other]) {
      expect(await storage.list('one/')).toHaveLength(60);
      expect(await storage.list('other/')).toHaveLength(60);
      expect(await storage.get('n')).toBe('120');
      await storage.close();
    }
    expect(await journalName()).not.toBe('journal-00000001');
  });

  it('does not take an old value for the present one when a new journal begins meanwhile', async () => {
    const nearly = 'x'.repeat(limits.journalCompactBytesMin - 10_000);
    await withStorage(async (storage) => {
      // Of a journal that has just begun, all small keys are in the first line.
      await storage.write([put('a', 'old')]);
      for (const filler of [nearly, nearly, '']) await storage.write([put('filler', filler)]);
      expect(await storage.get('a')).toBe('old');
      expect(await journalName()).toBe('journal-00000002');
      await storage.write([put('filler', nearly)]);
      await storage.write([put('filler', '')]);

      const appending = storage.update(['a'], ([a]) => [put('a', `${a}, appended`)]);
      await storage.write([put('a', 'new'), put('filler', nearly.slice(0, 20_000)), put('filler', '')]);
      await appending;
      expect(await storage.get('a')).toBe('new, appended');
      expect(await journalName()).toBe('journal-00000003');
    });
  });

  it('takes over when somebody has sealed the journal and died before writing the next one', async () => {
    const storage = await fileStorage(folder);
    await storage.write([put('a', '1')]);
    const { encodeLines } = await import('./journal-lines.js');
    await appendFile(join(folder, await journalName()), encodeLines([{ seal: true }]));
    await storage.write([put('b', '1')]);
    expect((await storage.list('')).map(({ key }) => key)).toEqual(['a', 'b']);
    await storage.close();
    expect(await journalName()).toBe('journal-00000002');
  });

  it('finishes an erasure that a kill has interrupted, wherever it was', async () => {
    await withStorage((storage) => storage.write([put('key', 'secret'), put('other', '1')]));
    const journal = join(folder, await journalName());
    const { encodeLines } = await import('./journal-lines.js');
    const erasing = encodeLines([{ changes: [['key', 'new']], seal: true }]);
    await appendFile(journal, erasing.subarray(0, erasing.length - 10));
    expect(await withStorage((storage) => storage.get('key'))).toBe('secret');

    await appendFile(journal, erasing);
    const interrupted = await readFile(journal);
    expect(await withStorage((storage) => storage.get('key'))).toBe('new');
    expect(await keeps('secret')).toBe(false);

    // The next generation was there, the one before and a draft that somebody else had begun had not been removed.
    await writeFile(journal, interrupted);
    await writeFile(join(folder, 'draft-of-somebody'), interrupted);
    expect(await withStorage((storage) => storage.get('other'))).toBe('1');
    expect(await keeps('secret')).toBe(false);
  });

  it('says so when an erasure could not be finished, and finishes it at the next use', async () => {
    const storage = await fileStorage(folder);
    await storage.write([put('key', 'secret')]);
    // The name of the next generation is taken by what cannot be opened as one.
    const inTheWay = join(folder, 'journal-00000002');
    await mkdir(inTheWay);
    await expect(storage.write([put('key', 'new')], { erase: true })).rejects.toMatchObject({
      code: 'storage-failed',
    });
    await rmdir(inTheWay);
    expect(await storage.get('key')).toBe('new');
    expect(await keeps('secret')).toBe(false);
    await storage.close();
  });

  it('refuses a folder that is a file with a code', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(fileStorage(path)).rejects.toMatchObject({ code: 'storage-failed' });
  });

  it('refuses values that are too long without writing anything', async () => {
    await withStorage(async (storage) => {
      const tooLong = 'x'.repeat(limits.storageValueLengthMax + 1);
      await expect(storage.write([put('a', '1'), put('b', tooLong)])).rejects.toMatchObject({
        code: 'storage-failed',
      });
      expect(await storage.list('')).toEqual([]);
    });
  });
});
