/** The status of many crates at one archive, over its WebSocket door and without the SDK. */
import { limits, parseAnswer, valueOf, type CrateState } from '@holdfast/protocol';
import type { ArchiveProcess } from '@holdfast/testing';
import { WebSocket } from 'ws';

export async function crateStatesAt(
  archive: ArchiveProcess,
  crates: readonly string[],
): Promise<CrateState[]> {
  const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/ws`);
  const states: CrateState[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const ask = (): void => {
        const next = crates.slice(states.length, states.length + limits.statusCratesMax);
        if (next.length === 0) resolve();
        else socket.send(JSON.stringify({ op: 'status', n: states.length + 1, crates: next }));
      };
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('The archive ended the connection.')));
      socket.on('message', (data: Buffer) => {
        const answer = valueOf(parseAnswer(data.toString()));
        if (answer.op === 'error') return reject(new Error(`${answer.code}: ${answer.detail}`));
        if (answer.op === 'statuses') states.push(...answer.statuses.map(({ status }) => status));
        ask();
      });
    });
    return states;
  } finally {
    socket.terminate();
  }
}
