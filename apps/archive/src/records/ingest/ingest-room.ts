/**
 * What is on its way from the doors to the commit, and how much more may be. Clients are refused when there is no room;
 * what other archives hand over waits for it instead, in a small share of the room, so that a page of thousands keeps
 * the commits full and yet delays no client by more than a few of them.
 */
import { archiveLimits } from '../../limits.js';

interface Load {
  records: number;
  bytes: number;
}

interface Waiting {
  readonly weight: number;
  readonly enter: () => void;
}

export class IngestRoom {
  private readonly all: Load = { records: 0, bytes: 0 };
  private readonly handedOver: Load = { records: 0, bytes: 0 };
  private readonly line: Waiting[] = [];

  /** How many records are on their way. */
  get records(): number {
    return this.all.records;
  }

  static weightOf(jws: string): number {
    return Math.max(jws.length, archiveLimits.recordWeightBytesMin);
  }

  /** Whether it has entered. */
  enter(weight: number): boolean {
    if (!this.has(weight)) return false;
    add(this.all, weight);
    return true;
  }

  leave(weight: number): void {
    subtract(this.all, weight);
    this.admit();
  }

  /** For what another archive hands over: resolves once it has entered. First come, first served. */
  async wait(weight: number): Promise<void> {
    if (this.line.length === 0 && this.hasForArchives(weight)) this.enterShare(weight);
    else await new Promise<void>((resolve) => this.line.push({ weight, enter: resolve }));
  }

  leaveShare(weight: number): void {
    subtract(this.handedOver, weight);
    this.leave(weight);
  }

  private enterShare(weight: number): void {
    add(this.all, weight);
    add(this.handedOver, weight);
  }

  private admit(): void {
    while (this.line.length > 0 && this.hasForArchives(this.line[0]!.weight)) {
      const { weight, enter } = this.line.shift()!;
      this.enterShare(weight);
      enter();
    }
  }

  private has(weight: number): boolean {
    const { records, bytes } = this.all;
    return records < archiveLimits.recordsQueuedMax && bytes + weight <= archiveLimits.recordBytesQueuedMax;
  }

  private hasForArchives(weight: number): boolean {
    const { records, bytes } = this.handedOver;
    const fits =
      records < archiveLimits.recordsHandedOverMax &&
      bytes + weight <= archiveLimits.recordBytesHandedOverMax;
    return fits && this.has(weight);
  }
}

function add(load: Load, weight: number): void {
  load.records += 1;
  load.bytes += weight;
}

function subtract(load: Load, weight: number): void {
  load.records -= 1;
  load.bytes -= weight;
}
