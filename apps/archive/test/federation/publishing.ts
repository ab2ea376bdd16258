/** Publishing in tests of federations, and asking each archive what it holds. */
import type { HoldfastRecord } from '@holdfast/protocol';
import { SocketClient } from '../socket-client.js';

const inFlight = 64;

/** Resolves when the archive has acknowledged all of them; rejects when it refuses one. */
export async function publishAt(archive: At, records: readonly HoldfastRecord[]): Promise<void> {
  const { client } = await SocketClient.connect(archive.url);
  const left = records.values();
  const publishInTurn = async (): Promise<void> => {
    for (const { jws } of left) {
      const answer = await client.ask({ op: 'publish', record: jws });
      if (answer.op !== 'published') throw new Error(`Not published: ${JSON.stringify(answer)}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, publishInTurn));
  await client.close();
}

/** What the archive answers for each of the records: `held`, or the code of the error. */
export async function statesAt(archive: At, records: readonly HoldfastRecord[]): Promise<string[]> {
  const { client } = await SocketClient.connect(archive.url);
  const states = await Promise.all(
    records.map(async ({ id, jws }) => {
      const answer = await client.ask({ op: 'get', id });
      if (answer.op === 'record') return answer.record === jws ? 'held' : 'another';
      return answer.op === 'error' ? answer.code : answer.op;
    }),
  );
  await client.close();
  return states;
}

export const allAre = (state: string, records: readonly HoldfastRecord[]): string[] =>
  records.map(() => state);

interface At {
  readonly url: string;
}
