/** Clients that share records, as processes of their own, with a real archive between them (P8). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const timeoutMs = 240_000;
const program = fileURLToPath(new URL('sharing-client.mjs', import.meta.url));

class SharingClient {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(url: string) {
    this.#child = spawn(process.execPath, [program, url], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const lines: Interface = createInterface({ input: this.#child.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async ask(command: object): Promise<Record<string, unknown>> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    const line = await this.#lines.next();
    return JSON.parse(String(line.value)) as Record<string, unknown>;
  }

  /** How it ended when there was nothing more to do. */
  async end(): Promise<unknown> {
    const exit = once(this.#child, 'exit');
    this.#child.stdin!.end();
    return (await exit)[0];
  }
}

let archive: ArchiveProcess;
beforeAll(async () => {
  archive = await bootArchive();
}, timeoutMs);
afterAll(() => archive.destroy());

describe('clients in the overlay of a real archive', () => {
  it(
    'read from each other what one of them has published, and end when they are done',
    async () => {
      const clients = Array.from({ length: 4 }, () => new SharingClient(archive.url));
      await Promise.all(clients.map((client) => client.ask({ do: 'isIn' })));
      const [alice, bob] = clients;
      const { id } = await alice!.ask({ do: 'publish', body: 'hello, world' });
      const found = await bob!.ask({ do: 'get', id, via: ['dht'] });
      expect(found).toMatchObject({ body: 'hello, world', source: { kind: 'dht' } });
      const flooded = await bob!.ask({ do: 'get', id: 'A'.repeat(43), via: ['dht', 'flood'] });
      expect(flooded).toEqual({ code: 'record-not-found' });
      expect(await Promise.all(clients.map((client) => client.end()))).toEqual([0, 0, 0, 0]);
    },
    timeoutMs,
  );
});
