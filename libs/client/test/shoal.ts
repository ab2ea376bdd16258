/** Clients that serve in the overlay and know each other. */
import type { ClientOptions } from '../src/index.js';
import type { Coast, Visitor } from './coast.js';
import type { RelayArchive } from './relay-archive.js';
import { statusWhen } from './status-when.js';

export const serving = { overlay: 'server', overlayServesAfterMs: 0, directLinks: 'off' } as const;

/** Each comes when the archive knows that the one before serves, and so is told of it. */
export async function shoal(
  coast: Coast,
  archive: RelayArchive,
  count: number,
  options: Partial<ClientOptions> = {},
): Promise<Visitor[]> {
  const visitors: Visitor[] = [];
  for (let i = 0; i < count; i++) {
    const visitor = await coast.client([archive], { patienceMs: 5_000, ...serving, ...options });
    visitors.push(visitor);
    const { node } = await statusWhen(visitor.client, (status) => status.node !== undefined);
    await coast.until(() => archive.servers.includes(node!));
  }
  for (const { client } of visitors) await statusWhen(client, ({ isIn, role }) => isIn && role === 'server');
  return visitors;
}
