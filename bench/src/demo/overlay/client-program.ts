/**
 * One client as a process of its own, which its parent tells what to do, one line of JSON on stdin for each command, and
 * hears on stdout. It knows one archive, and shares with other clients what it reads.
 */
import { createInterface } from 'node:readline';
import { createClient } from '@holdfast/client';
import { fileStorage } from '@holdfast/client/node';
import type { PrivateJwk } from '@holdfast/protocol';
import type { ClientCommand, ClientNews } from './client-commands.js';

interface Beginning {
  readonly archive: { readonly url: string; readonly id: string };
  readonly identity: PrivateJwk;
  readonly folder: string;
}

const { archive, identity, folder } = JSON.parse(process.argv[2]!) as Beginning;
const client = createClient({
  archives: [archive],
  identity,
  storage: await fileStorage(folder),
  overlay: 'server',
  overlayServesAfterMs: 0,
  directLinks: { bindAddress: '127.0.0.1' },
  copies: 1,
  holders: 1,
});
const tell = (news: ClientNews): void => void process.stdout.write(`${JSON.stringify(news)}\n`);

void client.inbox(({ text }) => tell({ received: text })).catch(() => undefined);

const carryOut = async (command: ClientCommand): Promise<unknown> => {
  switch (command.do) {
    case 'publish':
      return (await client.publishSigned(command.record)).id;
    case 'get':
      return (await client.get(command.id)).source.kind;
    case 'find':
      return (await client.get(command.id, { via: ['dht', 'flood'] })).source.kind;
    case 'mailbox':
      return (await client.openMailbox()).mailbox;
    case 'send':
      return (await client.send({ to: [command.to], text: command.text })).id;
    case 'delivered':
      return (await client.waitForStatus(command.message, 'delivered')).status;
    case 'overlay':
      return client.overlay();
    case 'close':
      await client.close();
      return process.exit(0);
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const { n, ...command } = JSON.parse(line) as ClientCommand & { readonly n: number };
  carryOut(command as ClientCommand).then(
    (value) => tell({ n, value }),
    (error: unknown) => tell({ n, error: String(error) }),
  );
}
process.exit(0);
