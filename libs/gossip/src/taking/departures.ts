/**
 * How crates have left at the peer (spec/gossip.md, "Departures"): proofs are asked for of crates that wait here, checked
 * against the envelope that is held, and let those crates go here too.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { DepartureStore } from '../ports.js';
import { type Questions, wasSaid } from '../questions.js';
import type { Cursors } from './cursors.js';
import { checkWindow } from './news.js';

export class DeparturesTaker {
  constructor(
    private readonly departures: DepartureStore,
    private readonly questions: Questions,
    private readonly cursors: Cursors,
    private readonly life: Life,
  ) {}

  async follow(): Promise<void> {
    try {
      await this.#follow(this.cursors.departures);
    } catch (error) {
      if (!wasSaid(error) || error.code !== 'cursor-invalid' || this.cursors.departures === 0) throw error;
      // The peer's log is not the one that it was. Looking at all of it again lets nothing go that must not.
      this.cursors.departuresUpTo(0);
      await this.#follow(0);
    }
  }

  async #follow(from: number): Promise<void> {
    for (let after = from; ;) {
      const askedMs = this.life.surroundings.nowMs();
      const window = await this.questions.askPatiently('departures', { after });
      checkWindow(window, after, window.crates.length);
      if (window.upTo > after) {
        await this.#letGo(window.crates);
        this.cursors.departuresUpTo(window.upTo);
        after = window.upTo;
      } else if (this.life.surroundings.nowMs() - askedMs < gossipLimits.longPollMsMax / 2) {
        await this.life.sleep(gossipLimits.idlePauseMs);
      }
    }
  }

  async #letGo(crates: readonly string[]): Promise<void> {
    const waiting = await this.life.persist(() => this.departures.waitingAmong(crates));
    if (waiting.length === 0) return;
    const { departures } = await this.questions.askPatiently('proofs', { crates: waiting });
    const asked = new Set(waiting);
    for (const { crate } of departures) {
      if (!asked.delete(crate)) throw misbehaved('has a crate that was not asked for');
    }
    if (departures.length === 0) return;
    const fits = await this.life.persist(() => this.departures.depart(departures));
    if (fits.includes(false)) throw misbehaved('has a proof that does not fit its crate');
  }
}

const misbehaved = (what: string): HoldfastError =>
  new HoldfastError('peer-misbehaved', `The answer to "proofs" ${what}.`);
