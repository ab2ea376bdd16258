import { describe, expect, it } from '@jest/globals';
import { tmpdir } from 'node:os';
import { DataDisk } from './data-disk.js';

describe('the disk of the data folder', () => {
  it('has room down to the reserve, counting what is written twice, and looks again only after a while', async () => {
    let free = 1_000;
    const disk = new DataDisk({
      folder: '/',
      reserveBytes: 600,
      freshMs: 500,
      freeBytesOf: async () => free,
    });
    await disk.look(10_000);
    expect([disk.has(200), disk.has(201)]).toEqual([true, false]);
    disk.take(150);
    expect([disk.has(50), disk.has(51), disk.freeBytes]).toEqual([true, false, 700]);
    free = 5_000;
    await disk.look(10_499);
    expect(disk.has(51)).toBe(false);
    await disk.look(10_500);
    expect([disk.has(2_200), disk.freeBytes]).toEqual([true, 5_000]);
  });

  it('is never full, as far as this is known, when the database is elsewhere', async () => {
    const disk = new DataDisk({ folder: undefined, reserveBytes: 1e15, freshMs: 0 });
    await disk.look(0);
    expect([disk.has(1e15), disk.freeBytes]).toEqual([true, undefined]);
  });

  it('is looked at with the system', async () => {
    const disk = new DataDisk({ folder: tmpdir(), reserveBytes: 0, freshMs: 0 });
    await disk.look(0);
    expect(disk.freeBytes).toBeGreaterThan(0);
    expect(Number.isInteger(disk.freeBytes)).toBe(true);
  });

  it('is looked at again when the last look has failed', async () => {
    let fails = true;
    const freeBytesOf = async () => {
      if (fails) throw new Error('gone');
      return 7;
    };
    const disk = new DataDisk({ folder: '/', reserveBytes: 0, freshMs: 500, freeBytesOf });
    await expect(disk.look(1_000)).rejects.toThrow('gone');
    fails = false;
    await disk.look(1_001);
    expect(disk.freeBytes).toBe(7);
  });
});
