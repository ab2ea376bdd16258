/**
 * What handing a crate to somebody who is connected cannot cost less than: a frame as long as a deposit's to the archive
 * and an answer back, and one commit of as many bytes in its database. The frame to the
 * recipient, as long again, is not in it.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { WebSocket } from 'ws';

const rowBytes = 4096;

/** Milliseconds of each echo: a deposit of no envelope is answered at its first byte, without the database. */
export async function echoMs(url: string, count: number): Promise<number[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  await once(socket, 'message');
  const durationsMs: number[] = [];
  const bytes = randomBytes(rowBytes);
  bytes[0] = 0;
  const nothing = bytes.toString('base64url');
  for (let n = 1; n <= count; n++) {
    const started = performance.now();
    socket.send(`{"op":"deposit","n":${n},"envelope":"${nothing}"}`);
    const [data] = (await once(socket, 'message')) as [Buffer];
    durationsMs.push(performance.now() - started);
    if (!data.includes('crate-malformed')) throw new Error(`No echo: ${data.toString()}`);
  }
  socket.terminate();
  return durationsMs;
}

/** Milliseconds of each commit of one row, on one connection. */
export async function commitMs(databaseUrl: string, count: number): Promise<number[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      'create table bench_commit (id bigint generated always as identity primary key, bytes bytea)',
    );
    const durationsMs: number[] = [];
    for (let i = 0; i < count; i++) {
      const bytes = randomBytes(rowBytes);
      const started = performance.now();
      await client.query({
        name: 'commit',
        text: 'insert into bench_commit (bytes) values ($1)',
        values: [bytes],
      });
      durationsMs.push(performance.now() - started);
    }
    return durationsMs;
  } finally {
    await client.query('drop table if exists bench_commit');
    await client.end();
  }
}
