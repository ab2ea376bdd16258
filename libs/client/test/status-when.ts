/** Waits, without a clock, until a client stands in the overlay as a test needs it. */
import type { Client, OverlayStatus } from '../src/index.js';

export async function statusWhen(
  client: Client,
  holds: (status: OverlayStatus) => boolean,
): Promise<OverlayStatus> {
  for (;;) {
    let stopListening = (): void => undefined;
    const changed = new Promise<void>((resolve) => {
      stopListening = client.on('overlay', () => resolve());
    });
    const status = await client.overlay();
    if (!holds(status)) await changed;
    stopListening();
    if (holds(status)) return status;
  }
}
