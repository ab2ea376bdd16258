/**
 * Which role this client has: a server that was asked for serves when it has been up for a while, since most that come go
 * again soon, or at once where there are hardly any servers, and as long as its surroundings allow it (spec/relay.md,
 * "Joining"). It is told whenever that changes.
 */
import type { Role } from '@holdfast/dht';
import type { Clock } from '../../clock.js';
import { overlayLimits } from '../limits.js';
import type { OverlayChoice } from '../overlay-contract.js';
import type { Surroundings } from './surroundings.js';

export class Standing {
  readonly #stop: (() => void)[] = [];
  /** From then on, also when more servers come: whoever serves is counted on. */
  #isToServe = false;
  #role: Role = 'observer';

  constructor(
    private readonly asked: OverlayChoice,
    private readonly surroundings: Surroundings,
    servesAfterMs: number,
    clock: Clock,
    private readonly changed: () => void,
  ) {
    if (asked !== 'server') return;
    this.#stop.push(
      surroundings.onChange(() => this.#look()),
      clock.after(servesAfterMs, () => {
        this.#isToServe = true;
        this.#look();
      }),
    );
  }

  /** @param servers how many others the archive has named, which names as many as it knows up to a bound */
  joined(servers: number): void {
    if (servers >= overlayLimits.serversEnough) return;
    this.#isToServe = true;
    this.#look();
  }

  get role(): Role {
    return this.#role;
  }

  end(): void {
    for (const stop of this.#stop) stop();
  }

  #look(): void {
    const serves = this.asked === 'server' && this.#isToServe && this.surroundings.mayServe();
    const role = serves ? 'server' : 'observer';
    if (role === this.#role) return;
    this.#role = role;
    this.changed();
  }
}
