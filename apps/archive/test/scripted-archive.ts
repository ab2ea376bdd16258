/**
 * An archive of the test's own that others ask: it introduces itself, and answers offers and departures as it is told
 * to.
 */
import { generatePrivateJwk } from '@holdfast/protocol';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ArchiveIdentity } from '../src/platform/archive-identity/archive-identity.js';

interface Asked {
  readonly crate: string;
  readonly sizeBytes?: number;
  readonly expiryHour?: number;
}

type Script = (asked: Asked) => object | Promise<object>;

export class ScriptedArchive {
  /** The doors that were asked, in their order. */
  readonly asked: string[] = [];
  /** Of its later keys, as its JWKS shows them. */
  endorsements: readonly string[] = [];
  onOffer: Script = () => ({ status: 'wanted' });
  onDeparture: Script = () => ({ status: 'unknown' });

  private constructor(
    readonly identity: ArchiveIdentity,
    private readonly server: Server,
  ) {}

  static async open(): Promise<ScriptedArchive> {
    const identity = await ArchiveIdentity.of(await generatePrivateJwk());
    const server = createServer();
    const archive = new ScriptedArchive(identity, server);
    server.on('request', (request, response) => void archive.answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return archive;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const door = request.url!.split('/').at(-1)!;
    if (door === 'holdfast') {
      const time = Math.floor(Date.now() / 1000);
      response.end(JSON.stringify({ id: this.identity.id, protocols: ['holdfast/1'], time }));
      return;
    }
    if (door === 'jwks.json') {
      const later = this.endorsements.map((endorsement) => ({ endorsement }));
      response.end(JSON.stringify({ keys: [{ kid: this.identity.id }, ...later] }));
      return;
    }
    this.asked.push(door);
    const { crates } = JSON.parse(Buffer.concat(chunks).toString()) as { crates: Asked[] };
    const script = door === 'offers' ? this.onOffer : this.onDeparture;
    const answers = await Promise.all(
      crates.map(async (asked) => ({ crate: asked.crate, ...(await script(asked)) })),
    );
    response.end(JSON.stringify({ crates: answers }));
  }
}
