/** What answers at an address that a crate is to be brought to, as a test likes it: an archive of bad faith, or no archive. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForeignArchive } from './foreign-archive.js';

/** JSON that is answered, or a response that the door writes by itself. */
type Door = (body: Buffer, response: ServerResponse, request: IncomingMessage) => unknown;

export interface Doors {
  introduce?: Door;
  offers?: Door;
  departures?: Door;
  crates?: Door;
}

export interface HostileTarget {
  readonly url: string;
  readonly doors: Doors;
  /** What was asked, in its order, by the path. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** @param archive whom it says that it is */
export async function openHostileTarget(archive: ForeignArchive, doors: Doors = {}): Promise<HostileTarget> {
  const asked: string[] = [];
  const all: Record<string, [keyof Doors, Door]> = {
    '/.well-known/holdfast': ['introduce', () => introductionOf(archive.identity.id)],
    '/v1/crates/offers': ['offers', (body) => answerAll(body, 'wanted')],
    '/v1/crates/departures': ['departures', (body) => answerAll(body, 'unknown')],
    '/v1/crates': ['crates', (_body, response) => void response.writeHead(503).end()],
  };
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    void read(request).then(async (body) => {
      const [name, honest] = all[request.url!] ?? [];
      if (name === undefined) return response.writeHead(404).end();
      asked.push(request.url!);
      const answer = await (doors[name] ?? honest!)(body, response, request);
      if (answer !== undefined)
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      return response;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    doors,
    asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export const introductionOf = (id: string, more: object = {}): object => ({
  id,
  protocols: ['holdfast/1'],
  time: Math.floor(Date.now() / 1000),
  ...more,
});

/** The same for every crate that the request names. */
export function answerAll(body: Buffer, status: string, more: object = {}): object {
  const { crates } = JSON.parse(String(body)) as { readonly crates: readonly { readonly crate: string }[] };
  return { crates: crates.map(({ crate }) => ({ crate, status, ...more })) };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
