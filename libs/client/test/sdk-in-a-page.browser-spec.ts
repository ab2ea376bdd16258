/** The SDK in a page of a real Chromium, against a real archive: the same build that Node runs. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { launchChromium, servePage, type ServedPage } from '@holdfast/testing/chromium';
import type { Browser, Page } from 'playwright-core';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleInChunks } from './browser-bundle.js';
import { People, until } from './people.js';

let archive: ArchiveProcess;
let browser: Browser;
let served: ServedPage;
const people = new People(() => [archive.url]);

beforeAll(async () => {
  const program = await readFile(new URL('page-program.ts', import.meta.url), 'utf8');
  const files = await bundleInChunks(program, fileURLToPath(new URL('.', import.meta.url)));
  served = await servePage(Object.fromEntries([...files].map(([name, { text }]) => [`/${name}`, text])));
  [archive, browser] = await Promise.all([bootArchive({ postgres: 'embedded' }), launchChromium()]);
});

afterAll(async () => {
  await people.leaveAll();
  await browser.close();
  await served.close();
  await archive.destroy();
});

async function openPage(page: Page): Promise<void> {
  await page.goto(served.url);
  await page.waitForFunction('globalThis.holdfast !== undefined');
}

describe('the SDK in a page', () => {
  it('publishes, follows, sends and receives, and goes on after a reload without loss or repeats', async () => {
    const page = await browser.newPage();
    // The test's own time limit ends what hangs.
    page.setDefaultTimeout(0);
    const inPage = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;
    const identity = await generatePrivateJwk();
    const arrive = `holdfast.arrive(${JSON.stringify(archive.url)}, ${JSON.stringify(identity)})`;
    const bob = await people.person();
    const friend = await bob.arrive();
    await friend.openMailbox();
    const publish = (n: number) => friend.publish({ collection: 'numbers', body: n });

    await openPage(page);
    const filesAtFirst = await inPage<string[]>('holdfast.loadedFiles()');
    const mailbox = await inPage<string>(arrive);
    const filesThen = await inPage<string[]>('holdfast.loadedFiles()');
    expect(filesThen.length).toBeGreaterThan(filesAtFirst.length);
    await publish(1);
    await inPage(`holdfast.state.client.publish({ collection: 'numbers', body: 2 })`);
    await page.waitForFunction('holdfast.state.followed.length === 2');
    const { id } = await friend.send({ to: identity.x, text: 'before the reload' });
    expect((await friend.waitForStatus(id, 'delivered')).status).toBe('delivered');
    const sent = await inPage<string>(
      `holdfast.state.client.send({ to: ${JSON.stringify(bob.author)}, text: 'from the page' }).then(({ id }) => id)`,
    );

    await page.reload();
    await page.waitForFunction('globalThis.holdfast !== undefined');
    await publish(3);
    const { id: missed } = await friend.send({ to: identity.x, text: 'while it was away' });
    await friend.waitForStatus(missed, 'accepted');
    expect(await inPage<string>(arrive)).toBe(mailbox);
    expect((await friend.waitForStatus(missed, 'delivered')).status).toBe('delivered');
    await page.waitForFunction('holdfast.state.followed.includes(3)');
    const followed = await inPage<number[]>('holdfast.state.followed');
    // What was in hand when the page went is handed out again; nothing else is.
    expect([[3], [2, 3]]).toContainEqual([...followed].sort());
    expect(await inPage('holdfast.state.received')).toEqual(['while it was away']);

    await inPage(`holdfast.state.client.waitForStatus(${JSON.stringify(sent)}, 'accepted')`);
    const texts: string[] = [];
    await friend.inbox(({ text }) => void texts.push(text), { watch: false });
    expect(texts).toEqual(['from the page']);
    const status = `holdfast.state.client.waitForStatus(${JSON.stringify(sent)}, 'delivered').then(({ status }) => status)`;
    expect(await inPage(status)).toBe('delivered');

    await archive.kill9({ database: true });
    await archive.start();
    await publish(4);
    await page.waitForFunction('holdfast.state.followed.at(-1) === 4');
    expect((await inPage<number[]>('holdfast.state.followed')).filter((n) => n === 3)).toEqual([3]);
    expect(await inPage('holdfast.state.problems')).toEqual([]);
    expect(bob.problems).toEqual([]);
    await until(async () => (await bob.stored('outstanding/')).length === 0);
    await inPage('holdfast.state.client.close()');
    await page.close();
  });
});
