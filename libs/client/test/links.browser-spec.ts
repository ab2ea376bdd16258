/** Direct links by the WebRTC of a real Chromium: between two pages, and between a page and Node. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { launchChromium, loopbackLinks, servePage, type ServedPage } from '@holdfast/testing/chromium';
import type { Browser } from 'playwright-core';
import { fileURLToPath } from 'node:url';
import { bundleInChunks } from './browser-bundle.js';
import { LinkSide } from './link-side.js';
import { until } from './people.js';

const program = `
  import { LinkSide } from './link-side.js';
  globalThis.begin = (n) => {
    globalThis.side = new LinkSide(n, (to, signal) => void carry(to, signal));
    return side.begin();
  };
`;

/** A side wherever it is. */
interface Side {
  run<Outcome>(
    call: (side: LinkSide, ...given: (number | string)[]) => Outcome,
    ...given: (number | string)[]
  ): Promise<Outcome>;
  close(): Promise<void>;
}

let browser: Browser;
let served: ServedPage;
const sides = new Map<number, Side>();

beforeAll(async () => {
  const files = await bundleInChunks(program, fileURLToPath(new URL('.', import.meta.url)), ['source']);
  served = await servePage(Object.fromEntries([...files].map(([name, { text }]) => [`/${name}`, text])));
  browser = await launchChromium(loopbackLinks.flags);
});

afterEach(async () => {
  for (const side of sides.values()) await side.close();
  sides.clear();
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

const carry = (from: number, to: number, signal: string): void => {
  void sides
    .get(to)!
    .run((side, sender, text) => side.signalled(sender as number, text as string), from, signal);
};

async function inPage(n: number): Promise<Side> {
  const context = await browser.newContext({ permissions: [...loopbackLinks.context.permissions] });
  const page = await context.newPage();
  await page.exposeFunction('carry', (to: number, signal: string) => carry(n, to, signal));
  await page.goto(served.url);
  await page.waitForFunction('globalThis.begin !== undefined');
  expect(await page.evaluate(`begin(${n})`)).toBe(true);
  const side: Side = {
    run: (call, ...given) =>
      page.evaluate(`(${call.toString()})(side, ...${JSON.stringify(given)})`) as ReturnType<
        typeof side.run<never>
      >,
    close: () => context.close(),
  };
  sides.set(n, side);
  return side;
}

async function inNode(n: number): Promise<Side> {
  const here = new LinkSide(n, (to, signal) => carry(n, to, signal));
  expect(await here.begin({ bindAddress: '127.0.0.1' })).toBe(true);
  const side: Side = {
    run: (call, ...given) => Promise.resolve(call(here, ...given)),
    close: () => Promise.resolve(here.close()),
  };
  sides.set(n, side);
  return side;
}

const isLinked = (side: Side): Promise<boolean> => side.run(({ events }) => events.length > 0);
const connect = (side: Side, to: number): Promise<void> =>
  side.run((one, other) => one.connect(other as number), to);
const eventsOf = (side: Side): Promise<readonly string[]> => side.run(({ events }) => events);
const send = (side: Side, to: number, length: number): Promise<boolean> =>
  side.run((one, other, size) => one.send(other as number, size as number, 7), to, length);

/** Packets of every kind of size there and back, and an end. */
async function tryOut(one: Side, two: Side): Promise<void> {
  await until(async () => (await isLinked(one)) && (await isLinked(two)));
  for (const length of [3, 100_000, 262_144]) {
    expect(await send(one, 2, length)).toBe(true);
    expect(await send(two, 1, length)).toBe(true);
  }
  await until(async () => (await eventsOf(one)).length === 4 && (await eventsOf(two)).length === 4);
  const packets = (n: number): string[] => [3, 100_000, 262_144].map((length) => `${n} sent ${length} of 7`);
  expect(await eventsOf(one)).toEqual(['2 opened', ...packets(2)]);
  expect(await eventsOf(two)).toEqual(['1 opened', ...packets(1)]);
  await one.run((side) => side.disconnect(2));
  await until(async () => (await eventsOf(two)).length === 5);
  // Whether the goodbye comes before the connection is seen to be over is a matter of chance.
  expect((await eventsOf(two)).at(-1)).toMatch(/^1 closed: (left|failed)$/);
}

describe('a direct link', () => {
  it('goes from page to page', async () => {
    const [one, two] = [await inPage(1), await inPage(2)];
    await connect(one, 2);
    await tryOut(one, two);
  });

  it('comes about once when both pages ask for it at the same time', async () => {
    const [one, two] = [await inPage(1), await inPage(2)];
    await Promise.all([connect(one, 2), connect(two, 1)]);
    await tryOut(one, two);
  });

  it('goes from a page to Node', async () => {
    const [one, two] = [await inPage(1), await inNode(2)];
    await connect(one, 2);
    await tryOut(one, two);
  });

  it('goes from Node to a page', async () => {
    const [one, two] = [await inNode(1), await inPage(2)];
    await connect(one, 2);
    await tryOut(one, two);
  });

  it('comes about once when a page and Node ask for it at the same time', async () => {
    const [one, two] = [await inNode(1), await inPage(2)];
    await Promise.all([connect(one, 2), connect(two, 1)]);
    await tryOut(one, two);
  });
});
