import { describe, expect, it } from '@jest/globals';
import { readOperatorSettings } from './settings.js';

const elsewhere = 'https://archive.example';
const archiveOf = (environment: NodeJS.ProcessEnv, archive?: string): string =>
  readOperatorSettings(archive === undefined ? {} : { archive }, environment).archives[0]!;

describe('the archive that an operator means', () => {
  it('is the one that listens where the settings of an archive say, whichever is used as a client', () => {
    expect(archiveOf({ HOLDFAST_PORT: '7171', HOLDFAST_ARCHIVE: elsewhere })).toBe('http://127.0.0.1:7171');
    expect(archiveOf({ HOLDFAST_PORT: '7171', HOLDFAST_HOST: '0.0.0.0' })).toBe('http://127.0.0.1:7171');
    expect(archiveOf({ HOLDFAST_PORT: '7171', HOLDFAST_HOST: '::1' })).toBe('http://[::1]:7171');
    expect(archiveOf({ HOLDFAST_HOST: '192.0.2.7' })).toBe('http://192.0.2.7:7070');
  });

  it('is the one that --archive names before all', () => {
    expect(archiveOf({ HOLDFAST_PORT: '7171' }, elsewhere)).toBe(elsewhere);
  });

  it('is that of HOLDFAST_ARCHIVE, or the usual one, where no settings or wrong ones are at hand', () => {
    expect(archiveOf({ HOLDFAST_ARCHIVE: elsewhere })).toBe(elsewhere);
    expect(archiveOf({ HOLDFAST_PORT: 'seven', HOLDFAST_ARCHIVE: elsewhere })).toBe(elsewhere);
    expect(archiveOf({ HOLDFAST_HOST_FILE: '/nonexistent', HOLDFAST_ARCHIVE: elsewhere })).toBe(elsewhere);
    expect(archiveOf({ HOLDFAST_PORT: '' })).toBe('http://127.0.0.1:7070');
  });
});
