/** Clocks that are wrong by twelve hours, at both ends and at the archives (spec/crates.md, "Expiry"). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { ReceivedMessage } from '../src/index.js';
import { JumpingClock } from './jumping-clock.js';
import { People } from './people.js';

const hour = 3600;
let behind: ArchiveProcess;
let right: ArchiveProcess;
let ahead: ArchiveProcess;
let urls: string[] = [];
const people = new People(() => urls);

beforeAll(async () => {
  [behind, right, ahead] = await Promise.all([
    bootArchive({ clockOffsetSeconds: -12 * hour }),
    bootArchive(),
    bootArchive({ clockOffsetSeconds: 12 * hour }),
  ]);
});
afterEach(() => people.leaveAll());
afterAll(() => Promise.all([behind, right, ahead].map((archive) => archive.destroy())));

function clockOff(hours: number): JumpingClock {
  const clock = new JumpingClock();
  clock.jump({ hours });
  return clock;
}

describe('a message', () => {
  it.each([
    ['the sender is twelve hours ahead of the archive and the recipient behind', 12, -12, () => [right.url]],
    ['the sender is twelve hours behind the archive and the recipient ahead', -12, 12, () => [right.url]],
    ['one archive is twelve hours behind both, the other one ahead', 0, 0, () => [behind.url, ahead.url]],
  ])(
    'becomes durable, is received once and is heard to be delivered though %s',
    async (_what, sendersHours, recipientsHours, archives) => {
      urls = archives();
      const [alice, bob] = [await people.person(), await people.person()];
      // A record may be at most minutes ahead of the archive that takes it: the card is from when the clock was right.
      const early = await bob.arrive({ clock: clockOff(-12) });
      await early.openMailbox();
      await early.close();
      const inbox = await bob.arrive({ clock: clockOff(recipientsHours) });
      const clock = clockOff(sendersHours);
      const sender = await alice.arrive({ clock });
      const sent: string[] = [];
      // The longest lifetime, and one so short that it is over, or seems to be, by somebody's clock.
      for (const expiryHours of [30 * 24, 14]) {
        sent.push((await sender.send({ to: bob.author, text: 'hello', expiryHours })).id);
      }
      const durable = await sender.waitForStatus(sent[0]!, 'durable');
      expect(durable).toMatchObject({ status: 'durable', copies: { held: urls.length } });
      const received: ReceivedMessage[] = [];
      const leaving = new AbortController();
      const collecting = inbox.inbox((message) => void received.push(message), {
        signal: leaving.signal,
        receiptDelayMs: 0,
      });
      for (const id of sent) await sender.waitForStatus(id, 'delivered');
      leaving.abort();
      await collecting;
      expect(received.map(({ id }) => id).sort()).toEqual([...sent].sort());
      expect([...alice.problems, ...bob.problems]).toEqual([]);
    },
  );
});
