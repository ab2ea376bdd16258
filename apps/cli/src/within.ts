/**
 * A signal that aborts with the command's own or after a while. Not `AbortSignal.any` of an `AbortSignal.timeout`:
 * Node 20 holds such a timeout only weakly, so that it is collected as garbage and the command waits for ever.
 */
export function within(signal: AbortSignal, seconds: number): AbortSignal {
  const late = new AbortController();
  setTimeout(() => late.abort(), seconds * 1000).unref();
  return AbortSignal.any([signal, late.signal]);
}
