/**
 * What handing a crate to somebody who is connected cannot cost less than: a frame to the archive and one back, and one
 * commit of as many bytes in its database.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { WebSocket } from 'ws';

const rowBytes = 4096;

/** Milliseconds of each echo: cancelling what is not there is answered by the gateway alone. */
export async function echoMs(url: string, count: number): Promise<number[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  await once(socket, 'message');
  const durationsMs: number[] = [];
  for (let n = 1; n <= count; n++) {
    const started = performance.now();
    socket.send(`{"op":"cancel","n":${n},"target":${Number.MAX_SAFE_INTEGER}}`);
    const [data] = (await once(socket, 'message')) as [Buffer];
    durationsMs.push(performance.now() - started);
    if (!data.includes('ended')) throw new Error(`No echo: ${data.toString()}`);
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
