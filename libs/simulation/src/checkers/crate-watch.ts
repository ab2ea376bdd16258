/**
 * What becomes of crates at archives, watched from outside: this knows an archive by the states on its disk, clients by
 * what they were told and what they have shown, and does not share a line with the code that it checks. Kept true:
 * states only go forward; what was promised is lost by no crash; without a proof that somebody has shown nothing leaves,
 * and with one nothing waits in the end.
 */
export interface CrateHolder {
  readonly name: string;
  /** What is unknown stands in none. */
  readonly crateStates: ReadonlyMap<string, string>;
  /** What is still to be done about crates at others. */
  readonly errands: readonly { readonly crate: string; readonly target: string }[];
  /** By its own clock. */
  nowMs(): number;
}

interface Watched {
  readonly expiresMs: number;
  /** States that somebody has shown a proof for. */
  readonly shown: Set<string>;
}

const hourMs = 3_600_000;
/** The furthest that a clock may be off. */
const skewMs = 12 * hourMs;
const leftOnProof = new Set(['delivered', 'discarded', 'recalled']);

export class CrateWatch {
  readonly #crates = new Map<string, Watched>();
  readonly #seen = new Map<string, Map<string, string>>();
  /** Where a crate has left, as `archive crate`. */
  readonly #left = new Set<string>();
  readonly #promises: { readonly by: string; readonly crate: string; readonly bring: readonly string[] }[] =
    [];
  readonly #faults = new Set<string>();

  /** @param expiryHour of the crate: hours since 1970 */
  watch(crate: string, expiryHour: number): void {
    if (!this.#crates.has(crate)) {
      this.#crates.set(crate, { expiresMs: expiryHour * hourMs, shown: new Set() });
    }
  }

  /** Somebody has shown a proof that fits, on which the crate is this afterwards. */
  showed(crate: string, state: string): void {
    this.#crates.get(crate)!.shown.add(state);
  }

  /** The archive has answered a deposit that named archives to bring the crate to. */
  promised(holder: CrateHolder, crate: string, bring: readonly string[]): void {
    this.look(holder);
    this.#promises.push({ by: holder.name, crate, bring });
    const isOver = holder.nowMs() >= this.#crates.get(crate)!.expiresMs + skewMs;
    if (this.#stateAt(holder.name, crate) === 'unknown' && !isOver) {
      this.#faults.add(`${holder.name} has promised to keep ${crate}, and lacks it`);
    }
  }

  /** The archive has answered that the crate has left. */
  released(holder: CrateHolder, crate: string): void {
    this.look(holder);
    if (this.#stateAt(holder.name, crate) === 'accepted') {
      this.#faults.add(`${holder.name} has said that ${crate} has left, and it waits there`);
    }
  }

  /** As often as anything may have changed. */
  look(holder: CrateHolder): void {
    let seen = this.#seen.get(holder.name);
    if (seen === undefined) this.#seen.set(holder.name, (seen = new Map()));
    for (const [crate, watched] of this.#crates) {
      const before = seen.get(crate) ?? 'unknown';
      const now = holder.crateStates.get(crate) ?? 'unknown';
      if (before === now) continue;
      seen.set(crate, now);
      const flaw = this.#flawOf(before, now, watched, holder.nowMs(), `${holder.name} ${crate}`);
      if (flaw !== undefined) this.#faults.add(`${crate} at ${holder.name}: ${before}, then ${now}: ${flaw}`);
    }
  }

  /** Sentences about what is wrong; that all agree can be asked for only when everything has healed. */
  faults(holders: readonly CrateHolder[], trueMs: number): string[] {
    for (const holder of holders) this.look(holder);
    const faults = [...this.#faults];
    const names = holders.map(({ name }) => name);
    for (const crate of this.#crates.keys()) {
      const gone = names.filter((name) => leftOnProof.has(this.#stateAt(name, crate)));
      const waiting = names.filter((name) => this.#stateAt(name, crate) === 'accepted');
      if (gone.length > 0)
        for (const name of waiting) faults.push(`${crate} waits at ${name}, and has left ${gone[0]!}`);
    }
    for (const { by, crate, bring } of this.#promises) {
      if (this.#mayBeOver(crate, trueMs) || this.#stateAt(by, crate) !== 'accepted') continue;
      for (const name of bring) {
        if (this.#stateAt(name, crate) === 'unknown')
          faults.push(`${by} has not brought ${crate} to ${name}`);
      }
    }
    for (const { name, errands } of holders) {
      for (const { crate, target } of errands) {
        if (!names.includes(target) || this.#mayBeOver(crate, trueMs)) continue;
        faults.push(`${name} still has to do with ${crate} at ${target}`);
      }
    }
    return faults;
  }

  #flawOf(
    before: string,
    now: string,
    { expiresMs, shown }: Watched,
    nowMs: number,
    place: string,
  ): string | undefined {
    const hasLeft = this.#left.has(place);
    if (now !== 'accepted' && now !== 'unknown') this.#left.add(place);
    switch (now) {
      case 'unknown':
        return nowMs < expiresMs + skewMs ? 'it is forgotten too early' : undefined;
      case 'accepted':
        return hasLeft || before !== 'unknown' ? 'it waits again' : undefined;
      case 'expired':
        if (hasLeft) return 'it has left twice';
        return nowMs < expiresMs ? 'its hour is not over' : undefined;
      default:
        if (hasLeft) return 'it has left twice';
        return shown.has(now) ? undefined : 'nobody has shown such a proof';
    }
  }

  /** By some clock within the skew. */
  #mayBeOver(crate: string, trueMs: number): boolean {
    return trueMs + skewMs >= (this.#crates.get(crate)?.expiresMs ?? 0);
  }

  #stateAt(name: string, crate: string): string {
    return this.#seen.get(name)?.get(crate) ?? 'unknown';
  }
}
