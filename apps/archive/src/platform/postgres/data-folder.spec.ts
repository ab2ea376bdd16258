import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimDataFolder } from './data-folder.js';

describe('claimDataFolder', () => {
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'holdfast-folder-'));
  });

  afterEach(() => rmSync(base, { recursive: true }));

  it('makes a folder that is not there, and marks it', () => {
    claimDataFolder(join(base, 'a', 'b')).release();
    expect(readdirSync(join(base, 'a', 'b'))).toEqual(['holdfast.json']);
  });

  it('takes an empty folder, and its own again', () => {
    claimDataFolder(base).release();
    claimDataFolder(base).release();
    expect(readdirSync(base)).toEqual(['holdfast.json']);
  });

  it('refuses a folder that holds something else, and leaves it as it was', () => {
    writeFileSync(join(base, 'thesis.tex'), '');
    expect(() => claimDataFolder(base)).toThrow(expect.objectContaining({ code: 'data-folder-foreign' }));
    expect(readdirSync(base)).toEqual(['thesis.tex']);
  });

  it('refuses what is not a folder, and a folder of another version', () => {
    writeFileSync(join(base, 'file'), '');
    expect(() => claimDataFolder(join(base, 'file'))).toThrow(
      expect.objectContaining({ code: 'data-folder-foreign' }),
    );
    mkdirSync(join(base, 'newer'));
    writeFileSync(join(base, 'newer', 'holdfast.json'), '{"holdfast":"data","version":2}');
    expect(() => claimDataFolder(join(base, 'newer'))).toThrow(
      expect.objectContaining({ code: 'data-folder-foreign' }),
    );
    writeFileSync(join(base, 'newer', 'holdfast.json'), 'not JSON');
    expect(() => claimDataFolder(join(base, 'newer'))).toThrow(
      expect.objectContaining({ code: 'data-folder-foreign' }),
    );
  });

  it('refuses a folder that a living archive holds, until that one lets go', () => {
    const held = claimDataFolder(base);
    expect(() => claimDataFolder(base)).toThrow(
      expect.objectContaining({
        code: 'data-folder-busy',
        message: expect.stringContaining(String(process.pid)),
      }),
    );
    held.release();
    claimDataFolder(base).release();
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: '1' })],
    ['of a number that another process has now', JSON.stringify({ pid: process.pid, started: 'long ago' })],
    ['that was cut off', '{"pid":'],
    ['that is empty', ''],
  ])('takes over a lock %s', (_kind, content) => {
    claimDataFolder(base).release();
    writeFileSync(join(base, 'archive.lock'), content);
    claimDataFolder(base).release();
    expect(readdirSync(base)).toEqual(['holdfast.json']);
  });

  it('says so when the lock can be neither read nor replaced, or not be made', () => {
    claimDataFolder(base).release();
    mkdirSync(join(base, 'archive.lock'));
    expect(() => claimDataFolder(base)).toThrow(expect.objectContaining({ code: 'data-folder-foreign' }));
    rmSync(join(base, 'archive.lock'), { recursive: true });
    mkdirSync(join(base, `archive.lock.new.${process.pid}`));
    expect(() => claimDataFolder(base)).toThrow(
      expect.objectContaining({ code: 'data-folder-foreign', message: expect.stringContaining('EISDIR') }),
    );
  });

  it('does not give back a lock that another archive has taken since', () => {
    const held = claimDataFolder(base);
    const theirs = JSON.stringify({ pid: 1, started: 'later' });
    writeFileSync(join(base, 'archive.lock'), theirs);
    held.release();
    expect(readdirSync(base).sort()).toEqual(['archive.lock', 'holdfast.json']);
  });
});
