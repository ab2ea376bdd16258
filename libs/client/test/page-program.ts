/** What runs in the page of sdk-in-a-page.browser-spec.ts: the SDK, with what it does told to the test by globals. */
import { createClient, type Client } from '@holdfast/client';
import { indexedDbStorage } from '@holdfast/client/indexeddb';
import type { PrivateJwk } from '@holdfast/protocol';

interface PageState {
  client?: Client;
  readonly followed: unknown[];
  readonly received: string[];
  readonly problems: string[];
}

const state: PageState = { followed: [], received: [], problems: [] };

/** Begins to follow and to collect; what was there before a reload goes on. */
async function arrive(archive: string, identity: PrivateJwk): Promise<string> {
  const client = createClient({ archives: [archive], identity, storage: await indexedDbStorage('home') });
  state.client = client;
  client.on('problem', ({ code, detail }) => state.problems.push(`${code}: ${detail}`));
  void followAll(client);
  void client.inbox(({ text }) => void state.received.push(text));
  return (await client.openMailbox()).mailbox;
}

async function followAll(client: Client): Promise<void> {
  const options = { from: 'start', name: 'numbers' } as const;
  for await (const { body } of client.follow({ collection: 'numbers' }, options)) state.followed.push(body);
}

/** Whether the crates' part has been loaded yet. */
const loadedFiles = (): string[] => performance.getEntriesByType('resource').map(({ name }) => name);

Object.assign(globalThis, { holdfast: { state, arrive, loadedFiles } });
