/** What this archive says that it holds, to whoever asks and whoever connects (spec/gossip.md, "Scope and horizon"). */
import type { Scope } from '@holdfast/protocol';

export class Holdings {
  /** What it keeps; `{}` is everything. */
  readonly scope: Scope = {};

  /** The time from which it claims to have all of that, NumericDate; undefined while it claims nothing. */
  horizon(): number | undefined {
    return undefined;
  }
}
