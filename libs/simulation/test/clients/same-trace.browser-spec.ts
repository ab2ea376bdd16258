/**
 * One seed, one trace: the build that runs in Node gives the same world in a page of Chromium. Both have V8, so this
 * does not show that other engines agree; what would differ between engines is not used (src/chance/exact.ts).
 */
import { fileURLToPath } from 'node:url';
import { bundleForBrowser, launchChromium, servePage, type ServedPage } from '@holdfast/testing/chromium';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { runScenario } from '../../src/scenarios/run.js';
import { scenarioDefaults } from '../../src/scenarios/scenario.js';

jest.setTimeout(60_000);

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const choices = { ...scenarioDefaults('churn', 'tab'), nodes: 100, minutes: 2, seed: 11 };

/** What the page offers to the test: built code only. */
const pageSource = `
  import { runScenario } from '@holdfast/simulation';
  Object.assign(globalThis, { runScenario });
`;

let browser: Browser;
let served: ServedPage;
let page: Page;

beforeAll(async () => {
  served = await servePage({ '/page.js': await bundleForBrowser(pageSource, packageFolder) });
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(served.url);
  await page.waitForFunction('"runScenario" in globalThis');
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

it('one seed gives one world in Node and in Chromium, to the last message', async () => {
  const here = runScenario(choices).outcome;
  const there = await page.evaluate(`runScenario(${JSON.stringify(choices)}).outcome`);
  expect(here.messages).toBeGreaterThan(10_000);
  expect(there).toEqual(JSON.parse(JSON.stringify(here)));
});
