import { describe, expect, it } from '@jest/globals';
import { HoldfastError, type HoldfastRecord } from '@holdfast/protocol';
import { systemClock } from '../clock.js';
import { limits } from '../limits.js';
import type { ArchiveLink, StreamEvents } from '../link/archive-link.js';
import type { RequestFrame } from '../link/link-core.js';
import { ArchiveFollow, type FollowStep } from './archive-follow.js';
import type { RecordIntake } from './record-intake.js';

/** A follow on a link that the test opens and breaks, whose records are verified when the test says so. */
function following() {
  const streams: { readonly frame: RequestFrame; readonly events: StreamEvents }[] = [];
  const link = {
    url: 'http://archive.test',
    open: undefined as object | undefined,
    stream: (frame: RequestFrame, _session: number, events: StreamEvents) => {
      streams.push({ frame, events });
      return () => undefined;
    },
  };
  const verifications: (() => void)[] = [];
  const intake = {
    many: (list: readonly string[]) =>
      new Promise((resolve) => {
        verifications.push(() => resolve(list.map((jws) => ({ jws }) as HoldfastRecord)));
      }),
  };
  const steps: FollowStep[] = [];
  const follow = new ArchiveFollow(
    link as unknown as ArchiveLink,
    {
      filter: {},
      clock: systemClock,
      intake: intake as unknown as RecordIntake,
      placeAt: () => undefined,
    },
    { step: (step) => steps.push(step), caughtUp: () => undefined, failed: () => undefined },
  );
  return {
    follow,
    streams,
    steps,
    open: () => {
      link.open = { archive: 'archive', session: 1 };
      follow.opened();
    },
    lose: () => {
      link.open = undefined;
      streams.at(-1)!.events.failed(new HoldfastError('archive-unreachable', 'gone'));
    },
    send: (...entries: { cursor: string; record: string }[]) =>
      streams.at(-1)!.events.answer({ op: 'entries', n: 1, entries }),
    /** Lets the oldest of the verifications end that are under way. */
    verified: async () => {
      await Promise.resolve();
      verifications.shift()!();
      await new Promise(setImmediate);
    },
  };
}

describe('the follow of one archive', () => {
  it('goes on behind what it has handed over, and takes nothing that comes again from there', async () => {
    const { open, lose, send, verified, steps, streams } = following();
    open();
    send({ cursor: '1', record: 'a' }, { cursor: '2', record: 'b' });
    // The link is lost and open again before the records are verified.
    await Promise.resolve();
    lose();
    open();
    await verified();
    send({ cursor: '1', record: 'a' });
    await verified();
    expect(streams.map(({ frame }) => (frame as { cursor?: string }).cursor)).toEqual([undefined, undefined]);
    expect(steps.map(({ cursor }) => cursor)).toEqual(['1']);
    lose();
    open();
    expect(streams.at(-1)!.frame).toMatchObject({ cursor: '1' });
  });

  it('is begun again only when half of what may wait has been taken, by number and by size', async () => {
    const { follow, open, send, verified, steps, streams } = following();
    open();
    const record = 'x'.repeat(limits.followBufferBytesMax / 4);
    send(...['1', '2', '3', '4'].map((cursor) => ({ cursor, record })));
    await verified();
    follow.taken(steps[0]!);
    expect(streams).toHaveLength(1);
    follow.taken(steps[1]!);
    expect(streams).toHaveLength(2);
  });
});
