/**
 * A client in the overlay as a process of its own, driven line by line: {"do":"publish",…}, {"do":"get",…},
 * {"do":"status"}, each answered by one line of JSON; ends when stdin does.
 * Usage: sharing-client.mjs ARCHIVE-URL
 */
import { createInterface } from 'node:readline';
import { generatePrivateJwk } from '@holdfast/protocol';
import { createClient, memoryStorage } from '../dist/index.js';

const client = createClient({
  archives: [process.argv[2]],
  identity: await generatePrivateJwk(),
  storage: memoryStorage(),
  overlay: 'server',
  overlayServesAfterMs: 0,
  directLinks: 'off',
});

const isIn = async () => {
  for (;;) {
    const changed = new Promise((resolve) => client.on('overlay', resolve));
    const status = await client.overlay();
    if (status.isIn && status.role === 'server') return status;
    await changed;
  }
};

const commands = {
  publish: ({ body }) => client.publish({ collection: 'notes', body }),
  get: async ({ id, via }) => {
    const { record, source } = await client.get(id, { via });
    return { body: record.body, source };
  },
  isIn,
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const answer = await commands[command.do](command).catch(({ code }) => ({ code }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await client.close();
