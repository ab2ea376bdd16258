/**
 * An application that collects its mailbox once and ends, or kills itself without warning at one moment of one message.
 * What it has done with every message stands in `log`, a line each; what it has taken into its books, in one
 * transaction with the message's name, stands in the storage `books`.
 */
import { createClient } from '@holdfast/client';
import { fileStorage } from '@holdfast/client/node';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const [url, folder, identity, moment, fatal] = process.argv.slice(2);
const log = (what, id) => appendFileSync(join(folder, 'log'), `${what} ${id}\n`);
const dieAt = (now, id) => {
  if (now === moment && id === fatal) process.kill(process.pid, 'SIGKILL');
};

const storage = await fileStorage(join(folder, 'store'));
/** What the inbox asks about a message before it hands it over, and what it notes when the handler has succeeded. */
const messageIn = (key) => (key.startsWith('got/') ? key.split('/')[2] : undefined);
const get = storage.get.bind(storage);
storage.get = async (key) => {
  const value = await get(key);
  dieAt('before the handler', messageIn(key));
  return value;
};
const write = storage.write.bind(storage);
storage.write = async (changes) => {
  const noted = changes.map(({ key }) => messageIn(key)).find((id) => id !== undefined);
  dieAt('before the note', noted);
  await write(changes);
  dieAt('after the note', noted);
};

const books = await fileStorage(join(folder, 'books'));
async function enter({ from, id }) {
  const entry = `entered/${from}/${id}`;
  await books.update([entry, 'count'], ([entered, count]) =>
    entered === undefined
      ? [
          { key: entry, value: '' },
          { key: 'count', value: String(Number(count ?? 0) + 1) },
        ]
      : [],
  );
}

const client = createClient({ archives: [url], identity: JSON.parse(identity), storage });
await client.inbox(
  async (message) => {
    log('begun', message.id);
    dieAt('within the handler', message.id);
    await enter(message);
    log('succeeded', message.id);
  },
  { watch: false },
);
await client.close();
await books.close();
