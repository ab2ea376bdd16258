/** Uses every part of the client and closes it: the process must then end, for nothing is left that holds it. */
import { createClient, memoryStorage } from '@holdfast/client';
import { fileStorage } from '@holdfast/client/node';
import { generatePrivateJwk } from '@holdfast/protocol';

const [url, folder] = process.argv.slice(2);
const gone = 'http://127.0.0.1:9';
const client = createClient({
  archives: [url, gone],
  identity: await generatePrivateJwk(),
  storage: await fileStorage(folder),
});
const follow = client.follow({ collection: 'notes' }, { from: 'start', name: 'notes' });
void follow.next().catch(() => undefined);
void client.inbox(() => undefined);
const changes = client.statusChanges();
void changes.next();
await client.publish({ collection: 'notes', body: 'here' });
await client.openMailbox();
const { id } = await client.send({ to: client.author, text: 'to myself' });
await client.waitForStatus(id, 'delivered');
void client.waitForStatus(id, 'durable').catch(() => undefined);
await client.close();

const offline = createClient({
  archives: [gone],
  identity: await generatePrivateJwk(),
  storage: memoryStorage(),
});
void offline.publish({ collection: 'notes', body: 'nowhere' }).catch(() => undefined);
void offline.get('A'.repeat(43)).catch(() => undefined);
void offline.inbox(() => undefined);
await offline.connected({ signal: AbortSignal.timeout(200) }).catch(() => undefined);
await offline.close();
process.stdout.write('closed\n');
