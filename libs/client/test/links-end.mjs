/** Two sides of a direct link in one process, which has nothing more to do when both are closed, linked or not. */
import { Key } from '@holdfast/dht';
import { systemClock } from '../dist/clock.js';
import { webRtcLinks } from '../dist/overlay/links/webrtc-links.js';

const make = await webRtcLinks({ bindAddress: '127.0.0.1' });
const contact = (n) => ({ id: new Key(new Uint8Array(32).fill(n)), archive: 'archive' });
const sides = new Map();
const opened = [1, 2, 3].map(
  (n) =>
    new Promise((resolve) => {
      const events = {
        signal: (to, bytes) => sides.get(to.id.bytes[0]).signalled(contact(n), bytes),
        opened: resolve,
        packet: () => undefined,
        closed: () => undefined,
      };
      sides.set(n, make({ self: contact(n), clock: systemClock, events }));
    }),
);
sides.get(1).connect(contact(2));
await Promise.all(opened.slice(0, 2));
sides.get(3).connect(contact(1));
for (const side of sides.values()) side.close();
process.stdout.write('closed\n');
