/** The same build in Chromium: every vector, and crates that Node and Chromium seal for each other. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleForBrowser, launchChromium, servePage, type ServedPage } from '@holdfast/testing/chromium';
import { decodeBase64url, encodeBase64url, signingKeyFromJwk, valueOf } from '@holdfast/protocol';
import { generateMailboxKeys, openCrate, sealCrate, type MailboxKeys } from '@holdfast/protocol/sealing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { alice } from '../src/vectors/people.js';
import type { VectorFile } from '../src/vectors/vector-file.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const vectors = new URL('../../../vectors/', import.meta.url);
const names = (await readdir(vectors)).filter((name) => name.endsWith('.json'));
const hour = Math.floor(Date.now() / 3_600_000);

/** What the page offers to the test: built code only. */
const pageSource = `
  import * as protocol from '@holdfast/protocol';
  import * as sealing from '@holdfast/protocol/sealing';
  import { runVectors } from './dist/vectors/run.js';
  Object.assign(globalThis, { protocol, sealing, runVectors });
`;

let browser: Browser;
let served: ServedPage;
let page: Page;
const pageErrors: unknown[] = [];

beforeAll(async () => {
  served = await servePage({ '/page.js': await bundleForBrowser(pageSource, packageFolder) });
  browser = await launchChromium();
  page = await browser.newPage();
  // The test's own time limit ends what hangs.
  page.setDefaultTimeout(0);
  page.on('pageerror', (error) => pageErrors.push(error));
  await page.goto(served.url);
  await page.waitForFunction('"runVectors" in globalThis');
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Runs `expression`, which sees `input`, in the page. */
const inPage = <T>(expression: string, input: unknown): Promise<T> =>
  page.evaluate(`(async (input) => ${expression})(${JSON.stringify(input)})`);

describe('in Chromium', () => {
  it.each(names)('%s come out as the file says', async (name) => {
    const file = JSON.parse(await readFile(new URL(name, vectors), 'utf8')) as VectorFile;
    expect(await inPage('runVectors(input)', file)).toEqual([]);
    expect(pageErrors).toEqual([]);
  });

  it('opens what Node sealed', async () => {
    const keys = await generateMailboxKeys();
    const sealed = await sealCrate({
      content: contentFor(keys),
      sender: await signingKeyFromJwk(alice),
      kemPublicKey: keys.kem.publicKey,
      expiryHour: hour + 1,
    });
    const opened = await inPage('sealing.openCrate(protocol.decodeBase64url(input.envelope), input.keys)', {
      envelope: encodeBase64url(sealed.envelope),
      keys: { mailbox: keys.signing.x, kem: [keys.kem] },
    });
    const { crate, ackSecret } = sealed;
    const jws = expect.stringContaining('.');
    expect(opened).toEqual({
      ok: true,
      value: { sender: alice.x, content: contentFor(keys), jws, crate, ackSecret },
    });
  });

  it('seals what Node opens', async () => {
    const keys = await inPage<MailboxKeys>('sealing.generateMailboxKeys()', null);
    const sealed = await inPage<{ crate: string; ackSecret: string; envelope: string }>(
      `{
        const sender = await protocol.signingKeyFromJwk(input.sender);
        const sealed = await sealing.sealCrate({ ...input, sender });
        return { ...sealed, envelope: protocol.encodeBase64url(sealed.envelope) };
      }`,
      {
        content: contentFor(keys),
        sender: alice,
        kemPublicKey: keys.kem.publicKey,
        expiryHour: hour + 1,
      },
    );
    const opened = await openCrate(decodeBase64url(sealed.envelope)!, {
      mailbox: keys.signing.x,
      kem: [keys.kem],
    });
    const { crate, ackSecret } = sealed;
    const jws = expect.stringContaining('.');
    expect(valueOf(opened)).toEqual({ sender: alice.x, content: contentFor(keys), jws, crate, ackSecret });
  });

  it('publishes and reads records and cards', async () => {
    const card = await inPage(
      `{
        const now = Math.floor(Date.now() / 1000);
        const author = await protocol.signingKeyFromJwk(await protocol.generatePrivateJwk());
        const keys = await sealing.generateMailboxKeys();
        const body = await protocol.makeCardBody(keys, author.publicKey, input);
        const payload = { collection: 'keys', key: body.mailbox, iat: now, body };
        const record = await protocol.signRecord(payload, author, now);
        const read = await protocol.verifyRecord(record.jws, now);
        const card = await protocol.readCard(protocol.valueOf(read));
        return { ok: card.ok, archives: card.value.archives, same: read.value.id === record.id };
      }`,
      [served.url],
    );
    expect(card).toEqual({ ok: true, archives: [served.url], same: true });
  });
});

const contentFor = (keys: MailboxKeys) => ({
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  iat: 1_800_000_000,
  to: keys.signing.x,
  text: 'Grüße 𝄞',
});
