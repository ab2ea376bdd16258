import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearAway } from './postmaster.js';

describe('clearAway', () => {
  let cluster: string;
  beforeEach(() => {
    cluster = mkdtempSync(join(tmpdir(), 'holdfast-cluster-'));
  });
  afterEach(() => rmSync(cluster, { recursive: true }));

  const isLeft = async (content: string) => {
    writeFileSync(join(cluster, 'postmaster.pid'), content);
    await clearAway(cluster, () => undefined);
    return existsSync(join(cluster, 'postmaster.pid'));
  };

  it('leaves the file of a dead server to PostgreSQL, which looks for its orphaned processes', async () => {
    expect(await isLeft(`${2 ** 22 + 1}\n${cluster}\n`)).toBe(true);
  });

  it('removes a file whose number another program has, or that has none', async () => {
    expect(await isLeft(`${process.pid}\n${cluster}\n`)).toBe(false);
    expect(await isLeft('')).toBe(false);
  });
});
