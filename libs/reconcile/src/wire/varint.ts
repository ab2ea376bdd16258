/** Varints: base 128, most significant digit first, as few digits as possible (spec/reconcile.md, "Messages"). */
export function varintBytes(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) + 128);
  }
  return digits;
}
