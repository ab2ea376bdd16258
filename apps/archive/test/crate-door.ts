/** What tests ask of a running archive about a crate, each on a connection of its own. */
import type { Answer, CrateStatus } from '@holdfast/protocol';
import { text, type SampleCrate } from './crate-samples.js';
import { eventually } from './eventually.js';
import { SocketClient } from './socket-client.js';

export async function askOnce(url: string, request: Record<string, unknown>): Promise<Answer> {
  const { client } = await SocketClient.connect(url);
  try {
    return await client.ask(request);
  } finally {
    await client.close();
  }
}

export const depositAt = (
  url: string,
  { envelope }: SampleCrate,
  named: { readonly bring?: readonly string[]; readonly holders?: readonly string[] } = {},
): Promise<Answer> => askOnce(url, { op: 'deposit', envelope: text(envelope), ...named });

export async function statusAt(url: string, { id }: SampleCrate): Promise<CrateStatus> {
  const answer = await askOnce(url, { op: 'status', crates: [id] });
  if (answer.op !== 'statuses') throw new Error(`The archive answered ${JSON.stringify(answer)}.`);
  return answer.statuses[0]!;
}

export const untilStatus = (
  url: string,
  crate: SampleCrate,
  isSo: (status: CrateStatus) => boolean,
): Promise<CrateStatus> => eventually(() => statusAt(url, crate), isSo);

export const untilState = (url: string, crate: SampleCrate, state: CrateStatus['status']) =>
  untilStatus(url, crate, ({ status }) => status === state);
