/**
 * The crates of an archive during one life: its doors for clients and for other archives (spec/crates.md, "Depositing" and
 * "Leaving"; spec/custody.md, "Between archives"), and its errands. What is answered was committed before.
 */
import type { Departure } from '@holdfast/gossip';
import type { ConnectionEnd } from '../../network/connection.js';
import { cratePort } from './crate-call.js';
import { CrateErrands, type CrateErrandsInit } from './crate-errands.js';
import { crateTableLimits } from './limits.js';
import type { Crate, CrateRequest, DepositStatus, NamedArchives } from './messages.js';

export class CrateCustody {
  readonly #init: CrateErrandsInit;
  readonly #errands: CrateErrands;

  constructor(init: CrateErrandsInit) {
    this.#init = init;
    this.#errands = new CrateErrands(init);
    init.world.network.listen(init.own, (end) => this.#accept(end), cratePort);
    void this.#sweep();
  }

  async deposit(crate: Crate, named: NamedArchives = {}): Promise<DepositStatus> {
    const { table, seconds } = this.#init;
    return (await this.commit(async () => table.deposit(crate, named, seconds()))).answer;
  }

  /** A client shows a proof. */
  async depart(departure: Departure): Promise<string> {
    return (await this.commit(async () => this.#init.table.departures.hear(departure))).answer;
  }

  heardOf(archive: string): void {
    this.#errands.heardOf(archive);
  }

  /** Whatever changes the table may have made something due, also where the commit's end was not seen. */
  async commit<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await this.#init.disk.commit(work);
    } finally {
      this.#errands.look();
    }
  }

  #accept(end: ConnectionEnd): void {
    const { world, life } = this.#init;
    end.listener = {
      receive: (frame) => {
        world.clock.stir();
        void life.within(this.#answer(end.to, JSON.parse(frame as string) as CrateRequest)).then(
          (answer) => end.send(JSON.stringify(answer)),
          () => end.close('unavailable'),
        );
      },
      closed: () => undefined,
    };
  }

  async #answer(from: string, request: CrateRequest): Promise<unknown> {
    const { table, seconds } = this.#init;
    this.#errands.heardOf(from);
    switch (request.door) {
      case 'deposit':
        return { status: await this.deposit(request.body) };
      case 'offers':
        return this.commit(async () => request.body.map((offer) => table.offer(from, offer, seconds())));
      case 'departures':
        return this.commit(async () => request.body.map((departure) => table.told(from, departure)));
    }
  }

  async #sweep(): Promise<void> {
    const { life, table, seconds } = this.#init;
    for (;;) {
      await this.commit(async () => table.age(seconds())).catch(() => undefined);
      await life.sleep(crateTableLimits.sweepMs);
    }
  }
}
