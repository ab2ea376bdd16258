/** An archive for bad input: whatever a test tries, nothing of it may be stored, and the archive still does its work. */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import { WebSocket } from 'ws';
import { sampleRecord } from './record-samples.js';
import { SocketClient } from './socket-client.js';

let archive: ArchiveProcess;
let database: pg.Client;

/** Boots it before the tests of the file, and looks after each of them whether it is unharmed. */
export function keepUnharmed(): void {
  beforeAll(async () => {
    archive = await bootArchive();
    database = new pg.Client({ connectionString: archive.databaseUrl });
    await database.connect();
  }, 120_000);

  afterAll(async () => {
    await database.end();
    await archive.destroy();
  });

  afterEach(async () => {
    const { rows } = await database.query(
      `select (select count(*) from record)::int + (select count(*) from crate)::int as count`,
    );
    expect(rows).toEqual([{ count: 0 }]);
    const client = await connectClient();
    const { jws } = await sampleRecord();
    expect(await client.ask({ op: 'publish', record: jws })).toMatchObject({ status: 'stored' });
    await client.close();
    await database.query('truncate record, retraction');
  });
}

/** @param path with its query */
export const request = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${archive.url}${path}`, init);

export const postRecords = (
  body: string | Uint8Array,
  type: string | undefined = 'application/x-ndjson',
): Promise<Response> =>
  request('/v1/records', {
    method: 'POST',
    body: body as BodyInit,
    headers: type === undefined ? {} : { 'content-type': type },
  });

export async function expectProblem(answer: Response, code: string): Promise<void> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ code, status: answer.status });
}

export const connectClient = async (): Promise<SocketClient> =>
  (await SocketClient.connect(archive.url)).client;

/** A WebSocket that sends whatever a test likes, after the archive's greeting. */
export async function openSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/ws`);
  await once(socket, 'message');
  return socket;
}

/** Sends bytes as they are, and answers everything that comes back until the other side ends. */
export async function sendRaw(...pieces: readonly (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(archive.url);
  const socket = connect(Number(port), hostname);
  const closed = new Promise<unknown>((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  for (const piece of pieces) {
    await Promise.race([closed, new Promise<unknown>((resolve) => socket.write(piece, resolve))]);
  }
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  await closed;
  return text;
}
