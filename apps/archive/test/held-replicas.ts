/** A road to an archive on which the first crate is held up; later ones are turned away, everything else goes through. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HeldReplicas {
  /** The archive's URL by this road. */
  readonly url: string;
  /** Resolves when a crate is on the road. */
  readonly held: Promise<void>;
  /** Lets the crate go on; answers the status with which the archive met it. */
  letGo(): Promise<number>;
  close(): Promise<void>;
}

export async function holdUpReplicas(archiveUrl: string): Promise<HeldReplicas> {
  let replica: Buffer<ArrayBuffer> | undefined;
  let isHeld = (): void => {};
  const held = new Promise<void>((resolve) => (isHeld = resolve));
  const server = createServer((request, response) => {
    void read(request).then(async (body) => {
      if (request.method === 'POST' && request.url === '/v1/crates') {
        if (replica !== undefined) return response.writeHead(503).end();
        replica = body;
        return isHeld();
      }
      const { authorization } = request.headers;
      const answer = await fetch(`${archiveUrl}${request.url}`, {
        method: request.method!,
        headers: {
          'content-type': request.headers['content-type'] ?? 'application/json',
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(request.method === 'POST' ? { body } : {}),
      });
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held,
    letGo: async () => {
      const headers = { 'content-type': 'application/octet-stream' };
      return (await fetch(`${archiveUrl}/v1/crates`, { method: 'POST', headers, body: replica! })).status;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function read(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
