/**
 * Promise P8 in browsers: two pages of a real Chromium and a client in Node, whose only archive is killed, go on over direct
 * links; when it returns, it receives what they have published.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { launchChromium, loopbackLinks, servePage, type ServedPage } from '@holdfast/testing/chromium';
import type { Browser } from 'playwright-core';
import { fileURLToPath } from 'node:url';
import type { Client } from '../src/index.js';
import { bundleInChunks } from './browser-bundle.js';
import { People, until } from './people.js';

const timeoutMs = 240_000;
const sharing = { overlay: 'server', overlayServesAfterMs: 0, copies: 1, holders: 1 } as const;
const program = `
  import { createClient, memoryStorage } from '@holdfast/client';
  globalThis.arrive = async (options) => {
    globalThis.client = createClient({ ...options, storage: memoryStorage() });
    globalThis.received = [];
    void client.inbox(({ text }) => void received.push(text));
    await client.openMailbox();
  };
`;

/** Somebody with a client, wherever it runs. */
interface Party {
  readonly author: string;
  run<Outcome>(
    call: (client: Client, given: string) => Promise<Outcome> | Outcome,
    given?: string,
  ): Promise<Outcome>;
  received(): Promise<readonly string[]>;
}

let archive: ArchiveProcess;
let browser: Browser;
let served: ServedPage;
const people = new People(() => [archive.url]);

beforeAll(async () => {
  const files = await bundleInChunks(program, fileURLToPath(new URL('.', import.meta.url)));
  served = await servePage(Object.fromEntries([...files].map(([name, { text }]) => [`/${name}`, text])));
  [archive, browser] = await Promise.all([
    bootArchive({ postgres: 'embedded' }),
    launchChromium(loopbackLinks.flags),
  ]);
}, timeoutMs);

afterAll(async () => {
  await people.leaveAll();
  await browser.close();
  await served.close();
  await archive.destroy();
});

async function inPage(): Promise<Party> {
  const context = await browser.newContext({ permissions: [...loopbackLinks.context.permissions] });
  const page = await context.newPage();
  // The test's own time limit ends what hangs.
  page.setDefaultTimeout(0);
  await page.goto(served.url);
  await page.waitForFunction('globalThis.arrive !== undefined');
  const identity = await generatePrivateJwk();
  await page.evaluate(`arrive(${JSON.stringify({ archives: [archive.url], identity, ...sharing })})`);
  return {
    author: identity.x,
    run: (call, given = '') =>
      page.evaluate(`(${call.toString()})(client, ${JSON.stringify(given)})`) as ReturnType<typeof call> &
        Promise<never>,
    received: () => page.evaluate('received') as Promise<string[]>,
  };
}

async function inNode(): Promise<Party> {
  const person = await people.person();
  const client = await person.arrive({ ...sharing, directLinks: { bindAddress: '127.0.0.1' } });
  const received: string[] = [];
  void client.inbox(({ text }) => void received.push(text)).catch(() => undefined);
  await client.openMailbox();
  return {
    author: person.author,
    run: async (call, given = '') => call(client, given),
    received: () => Promise.resolve(received),
  };
}

/** Resolves when it has been handed over. */
async function write(from: Party, to: Party, text: string): Promise<void> {
  const message = JSON.stringify({ to: to.author, text });
  await from.run(async (client, json) => void (await client.send(JSON.parse(json))), message);
  await until(async () => (await to.received()).includes(text));
}

const isFound = (by: Party, id: string): Promise<boolean> =>
  by.run(
    (client, sought) =>
      client.get(sought, { via: ['dht', 'flood'] }).then(
        () => true,
        () => false,
      ),
    id,
  );

/** Resolves with its id as soon as it is kept; when it reaches an archive is another matter. */
async function publish(by: Party, body: string): Promise<string> {
  await by.run((client, text) => {
    void client.publish({ collection: 'notes', key: 'note', body: text }).catch(() => undefined);
  }, body);
  const idOf = (): Promise<string | undefined> =>
    by.run(
      (client, author) =>
        client.query({ author, collection: 'notes' }).then(
          ({ records }) => records[0]?.id,
          () => undefined,
        ),
      by.author,
    );
  let id: string | undefined;
  await until(async () => (id = await idOf()) !== undefined);
  return id!;
}

describe('two pages and a client in Node', () => {
  it(
    'publish for each other and write to each other without an archive, which gets it when it returns',
    async () => {
      const [alice, bob, carol] = [await inPage(), await inPage(), await inNode()];
      for (const [one, other] of [
        [alice, bob],
        [carol, alice],
      ] as const) {
        await write(one, other, `hello from ${one.author}`);
        await write(other, one, `good day from ${other.author}`);
      }
      for (const party of [alice, bob, carol]) {
        await until(async () => (await party.run((client) => client.overlay())).links === 2);
      }

      await archive.kill9({ database: true });
      const id = await publish(alice, 'without an archive');
      for (const reader of [bob, carol]) await until(() => isFound(reader, id));
      await write(alice, bob, 'from page to page');
      await write(bob, alice, 'and back');
      await write(carol, alice, 'from Node to a page');
      await write(alice, carol, 'from a page to Node');

      await archive.start();
      const visitor = await people.visitor();
      const isThere = (): Promise<boolean> =>
        visitor.get(id).then(
          () => true,
          () => false,
        );
      await until(isThere);
      for (const party of [alice, bob, carol]) {
        const texts = await party.received();
        expect(new Set(texts).size).toBe(texts.length);
      }
    },
    timeoutMs,
  );
});
