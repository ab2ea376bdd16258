/**
 * Archives on the colluders' side, one for each kind of lie: one names colluders alone, also to newcomers, who then know
 * nobody else; another says GONE of every second client, and so cuts half of its own off. Everybody else has to find
 * what there is in spite of them.
 */
import type { Stage } from './happenings.js';

export function lyingArchives({ init, world, collusion }: Pick<Stage, 'init' | 'world' | 'collusion'>): void {
  const random = world.random('lying-archives');
  const named = random.oneOf(world.archives);
  const gone = random.oneOf(world.archives.filter((archive) => archive !== named));
  const { lies } = init;
  if (lies === 'hints' || lies === 'all') {
    named.lies = { named: (target, count, except) => collusion.closest(target, count, except) };
  }
  if (lies === 'gone' || lies === 'all') gone.lies = { denies: ({ serial }) => serial % 2 === 0 };
}
