/**
 * The way to one peer during one life of an archive: at most one link at a time, dialed again with growing, random pauses
 * when it breaks, and later when the peer has misbehaved. Of two links of a pair the one stays that the archive with the
 * smaller name dialed.
 */
import type { Channel, Link, LinkEnd } from '@holdfast/gossip';
import { HoldfastError } from '@holdfast/protocol';
import type { ConnectionEnd } from '../network/connection.js';
import type { Life } from '../nodes/life.js';
import type { World } from '../nodes/world.js';
import type { Random } from '../chance/random.js';
import type { Timer } from '../time/virtual-clock.js';
import { EndChannel } from './end-channel.js';

export interface PeerLineInit {
  readonly world: World;
  readonly life: Life;
  readonly random: Random;
  readonly own: string;
  readonly peer: string;
  readonly isDialed: boolean;
  /** How long it does not talk to a peer that has misbehaved. */
  readonly shunsMs: number;
  open(channel: Channel): Link;
  /** Told of how each link ended. */
  ended(end: LinkEnd): void;
}

const pauseMsMin = 500;
const pauseMsMax = 60_000;

interface Open {
  readonly end: ConnectionEnd;
  readonly dialedBy: string;
  readonly link: Link;
}

export class PeerLine {
  readonly #init: PeerLineInit;
  #open: Open | undefined;
  #failures = 0;
  #shunnedUntilMs = 0;
  #attempt: Timer | undefined;

  constructor(init: PeerLineInit) {
    this.#init = init;
    if (init.isDialed) this.#dial();
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** The peer has dialed. */
  accept(end: ConnectionEnd): void {
    if (this.#init.world.clock.nowMs < this.#shunnedUntilMs) end.close('overloaded');
    else this.#attach(end, this.#init.peer);
  }

  #dial(): void {
    const { world, life, own, peer } = this.#init;
    const attempt = world.network.dial(own, peer, {
      opened: (end) => {
        if (life.isOver) end.die(0);
        else this.#attach(end, own);
      },
      failed: () => this.#dialLater(),
    });
    this.#attempt = attempt;
  }

  /** Full jitter, from the first failure on. */
  #dialLater(): void {
    const { world, life, random, isDialed } = this.#init;
    if (!isDialed || life.isOver || this.#open !== undefined) return;
    this.#attempt?.cancel();
    const pauseMs = random.between(0, Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(this.#failures++, 20)));
    const waitMs = Math.max(pauseMs, this.#shunnedUntilMs - world.clock.nowMs);
    this.#attempt = life.after(waitMs, () => this.#dial());
  }

  #attach(end: ConnectionEnd, dialedBy: string): void {
    const { world, life, own, peer } = this.#init;
    const before = this.#open;
    const smaller = own < peer ? own : peer;
    // Dialed again by the same side: it knows better than this one that the old connection is over.
    if (before !== undefined && before.dialedBy !== dialedBy && before.dialedBy === smaller) {
      end.close('duplicate');
      return;
    }
    if (before !== undefined) before.link.close();
    const channel = new EndChannel(end, world.clock);
    const link = this.#init.open(channel);
    const open: Open = { end, dialedBy, link };
    this.#open = open;
    end.listener = {
      receive: (frame) => {
        world.clock.stir();
        this.#failures = 0;
        if (typeof frame === 'string') link.received(frame);
        else link.close(new HoldfastError('peer-misbehaved', 'The frame is not text.'));
      },
      closed: (code) => {
        channel.over();
        link.closed(
          code === undefined ? undefined : new HoldfastError('unavailable', `The connection ended: ${code}`),
        );
      },
    };
    void life.within(link.ended).then((how) => this.#over(open, how));
  }

  #over(open: Open, how: LinkEnd): void {
    const { world, life, shunsMs } = this.#init;
    this.#init.ended(how);
    // What a link forgets to close would stay open for ever.
    open.end.close(how.code);
    if (how.code === 'peer-misbehaved' && how.by === 'us') this.#shunnedUntilMs = world.clock.nowMs + shunsMs;
    if (this.#open !== open || life.isOver) return;
    this.#open = undefined;
    this.#dialLater();
  }
}
