import { describe, expect, it } from '@jest/globals';
import { createClient, memoryStorage } from './index.js';

describe('addresses of archives', () => {
  it.each([
    ['none', []],
    ['no URL', ['archive']],
    ['another protocol', ['ftp://archive.test']],
    ['a user', ['http://me@archive.test']],
    ['a query', ['http://archive.test/?a']],
    ['one twice', ['http://archive.test', 'http://archive.test/']],
  ])('are refused: %s', (_flaw, archives) => {
    expect(() => createClient({ archives, storage: memoryStorage() })).toThrow(
      expect.objectContaining({ code: 'settings-invalid' }),
    );
  });
});

describe('a client', () => {
  it.each([
    ['nothing', undefined],
    ['no archives', { storage: memoryStorage() }],
    ['no storage', { archives: ['http://archive.test'] }],
    ['something else for a storage', { archives: ['http://archive.test'], storage: './folder' }],
    ...[
      { copies: 0 },
      { holders: 1.5 },
      { statusBy: 'push' },
      { kemRotationDays: 0 },
      { kemRotationDays: Number.NaN },
      { kemRotationDays: '7' },
      { catchUpAfterHours: -1 },
      { catchUpAfterHours: Infinity },
    ].map(
      (option) =>
        [
          `the option ${Object.entries(option).join()}`,
          { archives: ['http://archive.test'], storage: memoryStorage(), ...option },
        ] as const,
    ),
  ])('is not made of %s', (_flaw, options) => {
    expect(() => createClient(options as never)).toThrow(
      expect.objectContaining({ code: 'settings-invalid' }),
    );
  });
});
