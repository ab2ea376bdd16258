/**
 * A world: one clock, one network, one trace, and chance from one seed. Whatever lives in it takes all of them from
 * here, so that a seed says everything that happens.
 */
import { Random } from '../chance/random.js';
import { Network, type NetworkInit } from '../network/network.js';
import { VirtualClock, type Drain } from '../time/virtual-clock.js';
import { Trace } from '../trace/trace.js';

export interface WorldInit extends Pick<NetworkInit, 'qualityOf' | 'watch'> {
  readonly seed: number | string;
  readonly drain: Drain;
  /** The true time at the beginning; 1 January 2027 when not given. */
  readonly startMs?: number;
  /** How many of the last lines of the trace are kept to be read. */
  readonly traceLinesMax?: number;
}

const defaultStartMs = Date.UTC(2027, 0, 1);

export class World {
  readonly seed: number | string;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly network: Network;

  constructor({ seed, drain, startMs = defaultStartMs, traceLinesMax = 0, ...network }: WorldInit) {
    this.seed = seed;
    this.clock = new VirtualClock({ startMs, drain });
    this.trace = new Trace({ nowMs: () => this.clock.nowMs, linesMax: traceLinesMax });
    this.network = new Network({
      clock: this.clock,
      random: this.random('network'),
      trace: this.trace,
      ...network,
    });
  }

  /** The stream of this name: the same one from its beginning each time it is asked for. */
  random(name: string): Random {
    return Random.stream(this.seed, name);
  }
}
