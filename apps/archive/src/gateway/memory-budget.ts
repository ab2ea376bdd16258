/**
 * What all connections together may hold in memory for frames that have not come whole and answers that have not been
 * read. The bounds of one connection are generous; ten thousand connections at their bounds would not fit.
 */
export class MemoryBudget {
  private bytes = 0;

  constructor(private readonly bytesMax: number) {}

  /** @param bytes negative to give back */
  take(bytes: number): void {
    this.bytes += bytes;
  }

  get isExceeded(): boolean {
    return this.bytes > this.bytesMax;
  }
}
