/** What every adapter of the wake queue must do. The specs beside it run this suite on each of them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobName, QueueTrouble, WakeQueue } from './wake-queue.js';

const farMs = 3_600_000;
/** Long beside what a machine takes for a few calls, unless it is very busy. */
const soonMs = 1_000;

/** @param open makes a queue of its own, empty; `close` is called after it has been stopped. */
export function wakeQueueContract(
  open: (trouble: QueueTrouble) => Promise<{ queue: WakeQueue; close(): Promise<void> }>,
): void {
  let queue: WakeQueue;
  let close: () => Promise<void>;
  let calls: { subject: string; at: number }[];
  let troubles: { error: unknown; job: JobName | undefined }[];
  let onCall: (subject: string) => Promise<void>;
  let changed: () => void;

  /** Waits until the condition holds after some call or trouble. */
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => (changed = resolve));
  };

  beforeEach(async () => {
    calls = [];
    troubles = [];
    onCall = async () => {};
    changed = () => {};
    ({ queue, close } = await open((error, job) => {
      troubles.push({ error, job });
      changed();
    }));
  });

  afterEach(async () => {
    await queue.stop();
    await close();
  });

  const handleBoth = () => {
    queue.handle('expire-crates', async () => {});
    queue.handle('run-errand', async () => {});
    queue.handle('deliver-mailbox', async (subject) => {
      calls.push({ subject, at: Date.now() });
      changed();
      await onCall(subject);
    });
  };

  const start = async () => {
    handleBoth();
    await queue.start();
  };

  it('does not start while a job has no handler', async () => {
    queue.handle('expire-crates', async () => {});
    await expect(queue.start()).rejects.toThrow('deliver-mailbox');
  });

  it('refuses a second handler for one job', () => {
    handleBoth();
    expect(() => queue.handle('expire-crates', async () => {})).toThrow('two handlers');
  });

  it('calls the handler with the subject, and not before its time', async () => {
    await start();
    await queue.wake('deliver-mailbox', 'alice', Date.now() + farMs);
    await queue.wake('deliver-mailbox', 'bob', Date.now());
    await until(() => calls.length === 1);
    const at = Date.now() + soonMs;
    await queue.wake('deliver-mailbox', 'carol', at);
    await until(() => calls.length === 2);
    expect(calls.map(({ subject }) => subject)).toEqual(['bob', 'carol']);
    expect(calls[1]!.at).toBeGreaterThanOrEqual(at);
  });

  it('makes one call of the wakes for one subject that are waiting', async () => {
    await start();
    let [subject, at] = ['', 0];
    // Where the first of them would come before the last was asked for, all are asked for again with more time.
    for (let waitMs = soonMs; Date.now() >= at; waitMs *= 2) {
      [subject, at] = [`alice-${waitMs}`, Date.now() + waitMs];
      for (let i = 0; i < 5; i++) await queue.wake('deliver-mailbox', subject, at + i);
    }
    await queue.wake('deliver-mailbox', 'last', at + soonMs);
    await until(() => calls.some((call) => call.subject === 'last'));
    expect(calls.filter((call) => call.subject === subject)).toHaveLength(1);
  });

  it('brings a waiting wake forward when an earlier one is asked for', async () => {
    await start();
    await queue.wake('deliver-mailbox', 'alice', Date.now() + farMs);
    await queue.wake('deliver-mailbox', 'alice', Date.now() + 50);
    await until(() => calls.length === 1);
  });

  it('leaves a waiting wake where it is when a later one is asked for', async () => {
    await start();
    await queue.wake('deliver-mailbox', 'alice', Date.now() + soonMs);
    await queue.wake('deliver-mailbox', 'alice', Date.now() + farMs);
    await until(() => calls.length === 1);
  });

  it('calls again for a wake that was asked for while the handler ran', async () => {
    await start();
    let finish = () => {};
    onCall = () => new Promise<void>((resolve) => (finish = resolve));
    await queue.wake('deliver-mailbox', 'alice', Date.now());
    await until(() => calls.length === 1);
    await queue.wake('deliver-mailbox', 'alice', Date.now());
    onCall = async () => {};
    finish();
    await until(() => calls.length === 2);
  });

  it('reports a handler that throws, and goes on', async () => {
    await start();
    onCall = async () => {
      throw new Error('the handler failed');
    };
    await queue.wake('deliver-mailbox', 'alice', Date.now());
    await until(() => troubles.length === 1);
    expect(troubles[0]).toMatchObject({ job: 'deliver-mailbox', error: { message: 'the handler failed' } });
    onCall = async () => {};
    await queue.wake('deliver-mailbox', 'bob', Date.now());
    await until(() => calls.length === 2);
  });

  it('repeats a job', async () => {
    await start();
    await queue.repeat('deliver-mailbox', 50);
    await until(() => calls.length >= 3);
    expect(new Set(calls.map(({ subject }) => subject))).toEqual(new Set(['deliver-mailbox']));
  });

  it('waits for the running handler when it stops, and calls none afterwards', async () => {
    await start();
    let finished = false;
    let finish = () => {};
    onCall = () =>
      new Promise<void>((resolve) => (finish = resolve)).then(() => {
        finished = true;
      });
    await queue.wake('deliver-mailbox', 'alice', Date.now());
    await until(() => calls.length === 1);
    const stopped = queue.stop();
    finish();
    await stopped;
    expect(finished).toBe(true);
    await queue.wake('deliver-mailbox', 'bob', Date.now());
    expect(calls).toHaveLength(1);
  });

  describe('when many subjects are woken at once', () => {
    it('calls each of them once', async () => {
      await start();
      const subjects = Array.from({ length: 100 }, (_, i) => `mailbox-${i}`);
      await Promise.all(subjects.map((subject) => queue.wake('deliver-mailbox', subject, Date.now())));
      await until(() => calls.length === subjects.length);
      expect(new Set(calls.map(({ subject }) => subject))).toEqual(new Set(subjects));
    });
  });
}
