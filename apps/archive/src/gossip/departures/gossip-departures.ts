/**
 * How crates have left, as a link sees it: told of in the order of the departures log, and heard of through the same
 * service that lets any crate go, so that whatever else follows from a departure follows from these, too. Nothing is
 * kept of what is told of crates that are not here.
 */
import { gossipLimits, type Departure, type DepartureStore } from '@holdfast/gossip';
import { encodeBase64url, HoldfastError } from '@holdfast/protocol';
import { wayOf, type HeldCrate } from '../../crates/crate.js';
import type { DepartureService } from '../../crates/departure.service.js';
import type { DeparturesLog } from '../../crates/departures-log/departures-log.js';
import type { HolderService } from '../../crates/holders/holder.service.js';

const proofRefusals: ReadonlySet<string> = new Set(['receipt-invalid', 'discard-invalid', 'recall-invalid']);

export class GossipDepartures implements DepartureStore {
  /** @param peer the id of the archive that the link is with */
  constructor(
    private readonly peer: string,
    private readonly log: DeparturesLog,
    private readonly departures: DepartureService,
    private readonly crates: HolderService,
  ) {}

  after(cursor: number): Promise<{ readonly crates: readonly string[]; readonly upTo: number }> {
    return this.log.after(cursor, gossipLimits.departuresMax);
  }

  last(): Promise<number> {
    return this.log.last();
  }

  beyond(cursor: number, signal: AbortSignal): Promise<void> {
    return this.log.beyond(cursor, signal);
  }

  async waitingAmong(crates: readonly string[]): Promise<string[]> {
    const held = await this.crates.held(crates);
    return crates.filter((crate) => held.get(crate)?.state === 'accepted');
  }

  async proofsOf(crates: readonly string[]): Promise<Departure[]> {
    const held = await this.crates.held(crates);
    return crates.flatMap((crate) => departureOf(held.get(crate)));
  }

  async depart(departures: readonly Departure[]): Promise<boolean[]> {
    const fits = await Promise.all(departures.map((departure) => this.departOne(departure)));
    const refused = departures.filter((_departure, index) => !fits[index]).map(({ crate }) => crate);
    // A wrong proof of what has left in another way tells nothing new.
    const waiting = new Set(refused.length === 0 ? [] : await this.waitingAmong(refused));
    const left = departures.map(({ crate }) => !waiting.has(crate));
    await this.crates.knows(
      this.peer,
      departures.filter((_departure, index) => left[index]).map(({ crate }) => crate),
    );
    return left;
  }

  /** False when the proof does not fit. */
  private async departOne({ crate, way, proof }: Departure): Promise<boolean> {
    try {
      await this.departures.departHeld({
        crate,
        way,
        proof: Buffer.from(proof, 'base64url'),
        toldBy: this.peer,
      });
      return true;
    } catch (error) {
      if (error instanceof HoldfastError && proofRefusals.has(error.code)) return false;
      throw error;
    }
  }
}

function departureOf(crate: HeldCrate | undefined): Departure[] {
  const way = crate && wayOf[crate.state];
  if (crate === undefined || way === undefined || crate.proof === null) return [];
  return [{ crate: crate.id, way, proof: encodeBase64url(crate.proof) }];
}
