/**
 * Loaded before a program (`--import`), it shifts what the program takes for the time, also in its worker threads:
 * `Date` by HOLDFAST_TEST_CLOCK_OFFSET_SECONDS. Timers and `performance` run on, as they do where a clock is set wrong.
 */
const offsetMs = Number(process.env['HOLDFAST_TEST_CLOCK_OFFSET_SECONDS'] ?? '0') * 1000;
const realNow = Date.now.bind(Date);
const shiftedNow = (): number => realNow() + offsetMs;

if (offsetMs !== 0) {
  Date.now = shiftedNow;
  const shifted: DateConstructor = new Proxy(Date, {
    construct: (target, parts: unknown[], newTarget) =>
      Reflect.construct(target, parts.length === 0 ? [shiftedNow()] : parts, newTarget) as Date,
    apply: () => String(new shifted()),
  });
  globalThis.Date = shifted;
}
