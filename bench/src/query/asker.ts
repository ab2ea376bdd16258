/** Asks one query after the other over one WebSocket and notes how long each page took, in milliseconds. */
import { once } from 'node:events';
import type { QueryFilter } from '@holdfast/protocol';
import { WebSocket } from 'ws';

export async function askAll(url: string, filters: readonly QueryFilter[]): Promise<number[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  await once(socket, 'message');
  const durationsMs: number[] = [];
  for (const [index, filter] of filters.entries()) {
    const started = performance.now();
    socket.send(JSON.stringify({ op: 'query', n: index + 1, filter }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    durationsMs.push(performance.now() - started);
    const page = JSON.parse(data.toString()) as { op: string; records?: string[] };
    if (page.records?.length !== filter.limit)
      throw new Error(`Not a full page: ${data.toString().slice(0, 200)}`);
  }
  socket.close();
  return durationsMs;
}
