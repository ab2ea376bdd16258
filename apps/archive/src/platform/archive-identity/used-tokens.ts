/**
 * The tokens that have been used while they were good, so that none is taken twice. Bounded: when it is full, tokens
 * are refused for a moment rather than forgotten early.
 */
export class UsedTokens {
  /** When each may be forgotten, milliseconds; about in this order. */
  private readonly used = new Map<string, number>();

  constructor(private readonly countMax: number) {}

  /** @param untilMs from when on the token is refused for its age */
  use(name: string, untilMs: number, nowMs: number): 'first' | 'again' | 'full' {
    if (this.used.has(name)) return 'again';
    for (const [old, until] of this.used) {
      if (until > nowMs) break;
      this.used.delete(old);
    }
    if (this.used.size >= this.countMax) return 'full';
    this.used.set(name, untilMs);
    return 'first';
  }
}
