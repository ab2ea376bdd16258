/** The storage contract on the IndexedDB of a real Chromium. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { launchChromium, servePage, type ServedPage } from '@holdfast/testing/chromium';
import type { Browser, Page } from 'playwright-core';
import { fileURLToPath } from 'node:url';
import { bundleInChunks } from './browser-bundle.js';
import { storageContract } from './storage-contract.js';

const program = `
  import { storageContract } from './storage-contract.js';
  import { indexedDbStorage } from '@holdfast/client/indexeddb';
  globalThis.runCase = async (i) => {
    const subject = { open: () => indexedDbStorage('case ' + i), isLasting: true };
    await storageContract[i].run(subject);
  };
`;

let browser: Browser;
let served: ServedPage;
let page: Page;

beforeAll(async () => {
  const files = await bundleInChunks(program, fileURLToPath(new URL('.', import.meta.url)), ['source']);
  served = await servePage(Object.fromEntries([...files].map(([name, { text }]) => [`/${name}`, text])));
  browser = await launchChromium();
  page = await browser.newPage();
  // The test's own time limit ends what hangs.
  page.setDefaultTimeout(0);
  await page.goto(served.url);
  await page.waitForFunction('globalThis.runCase !== undefined');
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

describe('the IndexedDB storage', () => {
  for (const [i, { name }] of storageContract.entries()) {
    it(name, async () => {
      expect(await page.evaluate(`runCase(${i}).then(() => 'kept', (error) => String(error))`)).toBe('kept');
    });
  }
});
