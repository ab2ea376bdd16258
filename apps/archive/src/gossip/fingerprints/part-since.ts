/** The part of a set from a time on, as a set of its own. */
import type { ReconcilableSet } from '@holdfast/gossip';
import { since, type SetStorage } from '@holdfast/reconcile';

export class PartSince implements ReconcilableSet {
  private constructor(
    private readonly whole: ReconcilableSet,
    private readonly time: number,
    readonly size: number,
  ) {}

  static async of(whole: ReconcilableSet, time: number): Promise<PartSince> {
    return new PartSince(whole, time, await whole.run((storage) => since(storage, time).size));
  }

  run<Outcome>(step: (storage: SetStorage) => Outcome): Promise<Outcome> {
    return this.whole.run((storage) => step(since(storage, this.time)));
  }

  close(): void {
    this.whole.close();
  }
}
