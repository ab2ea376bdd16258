/** Tells when a browser comes online again or its page is looked at: links are then tried without waiting. */
export function onWake(callback: () => void): () => void {
  if (typeof document === 'undefined') return () => undefined;
  const visible = (): void => {
    if (document.visibilityState === 'visible') callback();
  };
  globalThis.addEventListener('online', callback);
  document.addEventListener('visibilitychange', visible);
  return () => {
    globalThis.removeEventListener('online', callback);
    document.removeEventListener('visibilitychange', visible);
  };
}
