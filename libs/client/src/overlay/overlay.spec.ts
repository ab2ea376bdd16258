import { afterEach, describe, expect, it } from '@jest/globals';
import type { Client, ClientOptions, OverlayStatus } from '../index.js';
import { Coast, type Visitor } from '../../test/coast.js';
import type { RelayArchive } from '../../test/relay-archive.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

const serving = { overlay: 'server', overlayServesAfterMs: 0 } as const;

async function statusWhen(client: Client, holds: (status: OverlayStatus) => boolean): Promise<OverlayStatus> {
  const changes: (() => void)[] = [];
  client.on('overlay', () => changes.splice(0).forEach((look) => look()));
  for (;;) {
    const changed = new Promise<void>((resolve) => changes.push(resolve));
    const status = await client.overlay();
    if (holds(status)) return status;
    await changed;
  }
}

/** So many clients that serve and know each other. */
async function shoal(archives: readonly RelayArchive[], count: number): Promise<Visitor[]> {
  const visitors: Visitor[] = [];
  for (let i = 0; i < count; i++) visitors.push(await inOverlay(archives, serving, i > 0));
  for (const { client } of visitors) await statusWhen(client, ({ isIn }) => isIn);
  return visitors;
}

async function inOverlay(
  archives: readonly RelayArchive[],
  options: Partial<ClientOptions> = serving,
  isAwaited = true,
): Promise<Visitor> {
  const visitor = await coast.client(archives, { patienceMs: 5_000, ...options });
  await statusWhen(visitor.client, ({ isIn, node, role }) =>
    isAwaited ? isIn && role === (options.overlay ?? 'off') : node !== undefined && role === 'server',
  );
  return visitor;
}

describe('a client in the overlay', () => {
  it('finds what another has published with the other clients, and says by which way', async () => {
    const archives = coast.archives(1);
    const [alice, bob] = await shoal(archives, 3);
    const { id } = await alice!.client.publish({ collection: 'notes', body: 'hi' });
    const asked = archives[0].count('get');
    const found = await bob!.client.get(id, { via: ['dht'] });
    expect(found).toMatchObject({ record: { id, body: 'hi' }, source: { kind: 'dht' } });
    expect(archives[0].count('get')).toBe(asked);
    expect([...alice!.problems, ...bob!.problems]).toEqual([]);
  });
});
