/** One request about crates to another archive, and its answer: over a connection of its own, as HTTP has it. */
import { HoldfastError } from '@holdfast/protocol';
import type { ConnectionEnd } from '../../network/connection.js';
import type { Life } from '../../nodes/life.js';
import type { World } from '../../nodes/world.js';
import { crateTableLimits } from './limits.js';
import type { CrateDoor, CrateDoors } from './messages.js';

/** The door of the network that archives answer such requests at. */
export const cratePort = 'crates';

export interface Caller {
  readonly world: World;
  readonly life: Life;
  readonly own: string;
}

/** Rejects with `archive-unreachable` when no answer came, whatever became of the request. */
export function callArchive<Door extends CrateDoor>(
  { world, life, own }: Caller,
  target: string,
  door: Door,
  body: CrateDoors[Door]['request'],
): Promise<CrateDoors[Door]['answer']> {
  const answer = new Promise<CrateDoors[Door]['answer']>((resolve, reject) => {
    let end: ConnectionEnd | undefined;
    let isOver = false;
    const over = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      patience.cancel();
      end?.close();
      world.clock.stir();
      settle();
    };
    const fail = (): void =>
      over(() => reject(new HoldfastError('archive-unreachable', `${target} does not answer.`)));
    const patience = life.after(crateTableLimits.answerMsMax, fail);
    const opened = (connected: ConnectionEnd): void => {
      if (isOver || life.isOver) return connected.die(0);
      end = connected;
      end.listener = {
        receive: (frame) => over(() => resolve(JSON.parse(frame as string) as CrateDoors[Door]['answer'])),
        closed: fail,
      };
      end.send(JSON.stringify({ door, body }));
    };
    world.network.dial(own, target, { opened, failed: fail }, cratePort);
  });
  return life.within(answer);
}
