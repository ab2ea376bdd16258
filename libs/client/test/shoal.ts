/** Clients that serve in the overlay and know each other. */
import type { ClientOptions } from '../src/index.js';
import type { Coast, Visitor } from './coast.js';
import type { JumpingClock } from './jumping-clock.js';
import type { RelayArchive } from './relay-archive.js';
import { statusWhen } from './status-when.js';

export const serving = { overlay: 'server', overlayServesAfterMs: 0, directLinks: 'off' } as const;

/** Somebody who serves, unless it is said otherwise. */
export const arrive = (
  coast: Coast,
  archives: readonly RelayArchive[],
  options: Partial<ClientOptions> = {},
): Promise<Visitor> => coast.client(archives, { patienceMs: 5_000, ...serving, ...options });

/** A clock whose dice differ: nodes tell their floods apart by what they throw. */
export function rolling(coast: Coast): JumpingClock {
  const clock = coast.clock();
  clock.random = () => Math.random();
  return clock;
}

/** Each comes when the archive knows that the one before serves, and so is told of it. */
export async function shoal(
  coast: Coast,
  archive: RelayArchive,
  count: number,
  options: Partial<ClientOptions> = {},
): Promise<Visitor[]> {
  const visitors: Visitor[] = [];
  for (let i = 0; i < count; i++) {
    const visitor = await arrive(coast, [archive], options);
    visitors.push(visitor);
    const { node } = await statusWhen(visitor.client, (status) => status.node !== undefined);
    await coast.until(() => archive.servers.includes(node!));
  }
  for (const { client } of visitors) await statusWhen(client, ({ isIn, role }) => isIn && role === 'server');
  return visitors;
}
