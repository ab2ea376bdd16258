/**
 * Whether anybody holds a record: the checker asks every client that was ever sent it, as its own application would.
 * Asking counts as reading, so this is for the end of a run.
 */
import type { Client } from './client.js';
import type { ClientWorld } from './client-world.js';
import type { TrueRecord } from './truth.js';

export const holdersOf = (world: ClientWorld, record: TrueRecord): Client[] =>
  [...record.seenBy].filter((client) => holds(world, client, record));

export const isHeldBySomebody = (world: ClientWorld, record: TrueRecord): boolean =>
  [...record.seenBy].some((client) => holds(world, client, record));

function holds(world: ClientWorld, client: Client, record: TrueRecord): boolean {
  const { node } = client;
  if (!client.isUp || node === undefined || client.conduct !== undefined) return false;
  const search = node.search({ place: record.place }, { among: ['local'] }, world.nowMs);
  return node
    .takeEffects()
    .some(
      (effect) =>
        effect.do === 'found' &&
        effect.search === search &&
        effect.items.some(({ item }) => item === record.item),
    );
}
