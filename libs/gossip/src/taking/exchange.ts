/** Asks the peer for the peers that it trusts: they are proposed to the operator, and trusted by nobody for that. */
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { PeerExchange } from '../ports.js';
import { type Questions, wasSaid } from '../questions.js';

export class ExchangeTaker {
  constructor(
    private readonly exchange: PeerExchange,
    private readonly questions: Questions,
    private readonly life: Life,
  ) {}

  async follow(): Promise<void> {
    for (;;) {
      try {
        const { peers } = await this.questions.ask('peers', {});
        await this.life.persist(() => this.exchange.propose(peers));
      } catch (error) {
        // Who does not tell today may tell tomorrow.
        if (!wasSaid(error)) throw error;
      }
      await this.life.sleep(gossipLimits.exchangeEveryMs * (0.5 + this.life.surroundings.random()));
    }
  }
}
