import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limits } from '../limits.js';
import { LinkCore, type RequestFrame } from './link-core.js';
import type { LinkEffect } from './link-state.js';

const hello = (archive = 'archive A'): string =>
  JSON.stringify({ op: 'hello', archive, version: '1', challenge: 'c', time: 1_000 });
const get: RequestFrame = { op: 'get', id: 'A'.repeat(43) };
const record = (n: number): string => JSON.stringify({ op: 'record', n, record: 'r' });
const error = (code: string, n?: number): string =>
  JSON.stringify({
    op: 'error',
    ...(n === undefined ? {} : { n }),
    code,
    detail: 'because',
    retryable: false,
  });

/** A core whose jitter is always the longest, with what it wants to be done collected by kind. */
function link({ expectedArchive }: { expectedArchive?: string } = {}) {
  const core = new LinkCore({ expectedArchive, requestTimeoutMs: 30_000, patienceMs: 5_000 }, () => 1);
  const effects = (): LinkEffect[] => core.takeEffects();
  const done = <Kind extends LinkEffect['do']>(kind: Kind): Extract<LinkEffect, { do: Kind }>[] =>
    effects().filter((effect): effect is Extract<LinkEffect, { do: Kind }> => effect.do === kind);
  return { core, effects, done };
}

function openLink() {
  const opened = link();
  opened.core.start(0);
  opened.core.received(hello(), 0);
  opened.effects();
  return opened;
}

describe('a link', () => {
  it('connects, and is open once the archive has said hello', () => {
    const { core, done } = link();
    core.start(0);
    expect(core.state).toEqual({ name: 'connecting' });
    expect(done('connect')).toHaveLength(1);
    core.received(hello(), 990_000);
    expect(core.state).toMatchObject({ name: 'open', archive: 'archive A', session: 1, aheadSeconds: 10 });
  });

  it('closes for good when another archive answers than was expected', () => {
    const { core, done } = link({ expectedArchive: 'archive B' });
    core.start(0);
    core.request(get, 0);
    core.received(hello(), 1);
    expect(core.state).toMatchObject({ name: 'closed', code: 'archive-foreign' });
    expect(done('fail')).toMatchObject([{ n: 1, code: 'archive-foreign' }]);
    expect(core.nextDeadline()).toBeUndefined();
    core.request(get, 2);
    expect(done('fail')).toMatchObject([{ n: 2, code: 'archive-foreign' }]);
  });

  it('gives up an archive that does not say hello in time, and one that says something else', () => {
    const silent = link();
    silent.core.start(0);
    expect(silent.core.nextDeadline()).toBe(limits.connectTimeoutMs);
    silent.core.advance(limits.connectTimeoutMs);
    expect(silent.core.state).toMatchObject({ name: 'waiting', code: 'archive-unreachable' });

    const rude = link();
    rude.core.start(0);
    rude.core.received(record(1), 1);
    expect(rude.core.state).toMatchObject({ name: 'waiting', code: 'answer-invalid' });
    expect(rude.done('disconnect')).toHaveLength(1);

    const full = link();
    full.core.start(0);
    full.core.received(error('too-many-connections'), 1);
    expect(full.core.state).toMatchObject({ name: 'waiting', code: 'too-many-connections' });
  });

  it('waits longer after every failure, and begins anew after a success', () => {
    const { core } = link();
    let now = 0;
    core.start(now);
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      core.lost('refused', now);
      const { state } = core;
      if (state.name !== 'waiting') throw new Error(state.name);
      delays.push(state.nextAttemptAt - now);
      now = state.nextAttemptAt;
      core.advance(now);
      expect(core.state.name).toBe('connecting');
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    core.received(hello(), now);
    core.lost('gone', now + limits.stableAfterMs);
    expect(core.state).toMatchObject({ nextAttemptAt: now + limits.stableAfterMs + 500 });
  });

  it('does not take an archive for stable that says hello and hangs up', () => {
    const { core } = link();
    let now = 0;
    core.start(now);
    for (let i = 0; i < 5; i++) {
      core.received(hello(), now);
      core.lost('hung up', now);
      now += 60_000;
      core.advance(now);
    }
    core.received(hello(), now);
    core.lost('hung up', now);
    expect(core.state).toMatchObject({ nextAttemptAt: now + 16_000 });
  });

  it('tries again at once when the machine wakes up', () => {
    const { core, done } = link();
    core.start(0);
    for (const at of [0, 100]) core.lost('offline', at);
    done('connect');
    core.wake(200);
    expect(core.state.name).toBe('connecting');
    expect(done('connect')).toHaveLength(1);
  });

  it('numbers requests, and gives every answer to the request that it belongs to', () => {
    const { core, done } = openLink();
    const [first, second] = [core.request(get, 1), core.request(get, 1)];
    expect(done('send').map(({ text }) => JSON.parse(text))).toEqual([
      { ...get, n: first },
      { ...get, n: second },
    ]);
    core.received(record(second), 2);
    core.received(error('record-not-found', first), 3);
    core.received(record(99), 4);
    core.received(record(second), 5);
    expect(core.takeEffects()).toMatchObject([
      { do: 'answer', n: second },
      { do: 'fail', n: first, code: 'record-not-found', detail: 'because' },
    ]);
  });

  it('takes a code that it does not know for an invalid answer', () => {
    const { core, done } = openLink();
    const n = core.request(get, 1);
    core.received(error('code-of-tomorrow', n), 2);
    expect(done('fail')).toMatchObject([{ n, code: 'answer-invalid' }]);
  });

  it.each([
    ['is not JSON', '{'],
    ['is not text', undefined],
    ['has no known op', '{"op":"gossip"}'],
    ['lacks a member', '{"op":"record","n":1}'],
    ['says hello twice', hello()],
  ])('ends a connection on which a frame %s, and tells of it', (_flaw, frame) => {
    const { core, effects } = openLink();
    core.received(frame, 1);
    const kinds = effects().map((effect) => effect.do);
    expect(kinds).toEqual(expect.arrayContaining(['disconnect', 'problem']));
    expect(core.state).toMatchObject({ name: 'waiting', code: 'answer-invalid' });
  });

  it('fails a request that is not answered in time', () => {
    const { core, done } = openLink();
    const n = core.request(get, 1_000);
    core.advance(30_999);
    expect(done('fail')).toEqual([]);
    core.advance(31_000);
    expect(done('fail')).toMatchObject([{ n, code: 'request-timeout' }]);
    core.received(record(n), 31_001);
    expect(done('answer')).toEqual([]);
  });

  it('keeps a request for a link that is not open, and fails it when that takes too long', () => {
    const { core, done } = link();
    core.start(0);
    const n = core.request(get, 0);
    core.lost('refused', 1);
    core.advance(4_999);
    expect(done('fail')).toEqual([]);
    core.advance(5_000);
    expect(done('fail')).toMatchObject([{ n, code: 'archive-unreachable' }]);
  });

  it('sends again on the next connection what the last one left unanswered, in the same order', () => {
    const { core, done } = openLink();
    const numbers = [1, 2, 3].map(() => core.request(get, 0));
    core.received(record(numbers[1]!), 1);
    done('send');
    core.lost('gone', 2);
    core.advance(1_500);
    core.received(hello(), 1_600);
    expect(done('send').map(({ text }) => (JSON.parse(text) as { n: number }).n)).toEqual([
      numbers[0],
      numbers[2],
    ]);
  });

  it('does not send a request again for ever', () => {
    const { core, done } = openLink();
    const n = core.request(get, 0);
    const failures: number[] = [];
    for (let now = 0; now < 60_000 && failures.length === 0; now += 1_000) {
      core.lost('gone', now);
      core.advance(now + 900);
      core.wake(now + 900);
      core.received(hello(), now + 950);
      core.advance(now + 950);
      failures.push(...done('fail').map((failed) => failed.n));
    }
    expect(failures).toEqual([n]);
  });

  it('tries sooner when somebody asks for something, but not in a hurry', () => {
    const { core } = link();
    core.start(0);
    for (let i = 0; i < 8; i++) {
      core.lost('refused', 100_000 * i);
      core.advance(100_000 * i + 99_999);
    }
    core.lost('refused', 800_000);
    expect(core.state).toMatchObject({ nextAttemptAt: 830_000 });
    core.request(get, 800_100);
    expect(core.state).toMatchObject({ nextAttemptAt: 800_999 });
  });

  it('has a bounded number in flight, and sends the next as answers come', () => {
    const { core, done } = openLink();
    const numbers = Array.from({ length: limits.inFlightMax + 2 }, () => core.request(get, 0));
    expect(done('send')).toHaveLength(limits.inFlightMax);
    core.received(record(numbers[5]!), 1);
    expect(done('send')).toHaveLength(1);
  });

  it('refuses more requests than may wait, by number and by size', () => {
    const { core, done } = link();
    core.start(0);
    for (let i = 0; i < limits.pendingMax + 1; i++) core.request(get, 0);
    expect(done('fail')).toMatchObject([{ n: limits.pendingMax + 1, code: 'too-many-in-flight' }]);

    const large = link();
    large.core.start(0);
    const deposit: RequestFrame = { op: 'deposit', envelope: 'x'.repeat(limits.pendingBytesMax / 2) };
    large.core.request(deposit, 0);
    large.core.request(deposit, 0);
    expect(large.done('fail')).toMatchObject([{ n: 2, code: 'too-many-in-flight' }]);
  });

  it('ends streams with their connection, and opens none on another', () => {
    const { core, done } = openLink();
    const n = core.openStream({ op: 'follow', filter: {} }, 1, 0);
    core.received(JSON.stringify({ op: 'entries', n, entries: [] }), 1);
    core.received(JSON.stringify({ op: 'caught-up', n, cursor: 'c' }), 2);
    expect(done('answer')).toHaveLength(2);
    core.lost('gone', 3);
    expect(done('fail')).toMatchObject([{ n, code: 'archive-unreachable' }]);
    core.wake(4);
    core.received(hello(), 5);
    const late = core.openStream({ op: 'follow', filter: {} }, 1, 6);
    expect(done('fail')).toMatchObject([{ n: late, code: 'archive-unreachable' }]);
  });

  it('tells the archive of a stream that nobody wants any more, and hears no more of it', () => {
    const { core, done } = openLink();
    const n = core.openStream({ op: 'follow', filter: {} }, 1, 0);
    done('send');
    core.cancel(n);
    expect(done('send').map(({ text }) => JSON.parse(text))).toEqual([{ op: 'cancel', n: n + 1, target: n }]);
    core.received(JSON.stringify({ op: 'ended', n }), 1);
    core.received(JSON.stringify({ op: 'entries', n, entries: [] }), 1);
    expect(done('answer')).toEqual([]);
  });

  it('asks a silent connection for a sign of life, and ends it when none comes', () => {
    const { core, done } = openLink();
    expect(core.nextDeadline()).toBe(limits.heartbeatIdleMs);
    core.advance(limits.heartbeatIdleMs);
    const [probe] = done('send').map(
      ({ text }) => JSON.parse(text) as { op: string; n: number; target: number },
    );
    expect(probe).toMatchObject({ op: 'cancel', target: probe!.n });
    core.received(JSON.stringify({ op: 'ended', n: probe!.n }), limits.heartbeatIdleMs + 1);
    expect(core.state.name).toBe('open');

    const silentFrom = 2 * limits.heartbeatIdleMs + 1;
    core.advance(silentFrom);
    core.advance(silentFrom + limits.heartbeatTimeoutMs);
    expect(core.state).toMatchObject({ name: 'waiting', code: 'archive-unreachable' });
    expect(done('disconnect')).toHaveLength(1);
  });

  it('probes an open connection when the machine wakes up', () => {
    const { core, done } = openLink();
    core.wake(1_000);
    core.wake(1_001);
    expect(done('send')).toHaveLength(1);
  });

  it('fails everything and wants nothing more when it is closed', () => {
    const { core, done } = openLink();
    const numbers = [core.request(get, 0), core.openStream({ op: 'follow', filter: {} }, 1, 0)];
    core.close('closed', 'The client is closed.');
    const effects = core.takeEffects();
    expect(effects.filter((effect) => effect.do === 'fail')).toMatchObject(
      numbers.map((n) => ({ n, code: 'closed' })),
    );
    expect(core.nextDeadline()).toBeUndefined();
    core.lost('gone', 1);
    core.wake(2);
    core.received(hello(), 3);
    core.advance(1e9);
    core.close('closed', 'again');
    expect(done('connect')).toEqual([]);
    expect(core.state.name).toBe('closed');
  });

  it('answers or fails every request exactly once, whatever happens', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('request' as const) },
      { weight: 3, arbitrary: fc.constant('answer' as const) },
      ...(['lose', 'hello', 'wait', 'long wait', 'stream', 'rubbish', 'cancel'] as const).map((kind) => ({
        weight: 1,
        arbitrary: fc.constant(kind),
      })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { core } = link();
        const settled = new Map<number, number>();
        const cancelled = new Set<number>();
        const asked: number[] = [];
        const streams = new Set<number>();
        let now = 0;
        const settle = (): void => {
          for (const effect of core.takeEffects()) {
            if (effect.do !== 'answer' && effect.do !== 'fail') continue;
            if (effect.do === 'answer' && streams.has(effect.n)) continue;
            settled.set(effect.n, (settled.get(effect.n) ?? 0) + 1);
          }
        };
        core.start(now);
        for (const what of steps) {
          now += 10;
          if (what === 'request') asked.push(core.request(get, now));
          else if (what === 'stream') {
            const n = core.openStream({ op: 'follow', filter: {} }, 1, now);
            streams.add(n);
            asked.push(n);
          } else if (what === 'answer') core.received(record(asked.at(-1) ?? 1), now);
          else if (what === 'lose') core.lost('gone', now);
          else if (what === 'hello' && core.state.name === 'connecting') core.received(hello(), now);
          else if (what === 'rubbish') core.received('rubbish', now);
          else if (what === 'cancel' && asked.length > 0) {
            settle();
            const n = asked.at(-1)!;
            if (!settled.has(n)) cancelled.add(n);
            core.cancel(n);
          } else if (what === 'wait' || what === 'long wait') {
            now += what === 'wait' ? 600 : 20_000;
            core.advance(now);
          }
          settle();
        }
        core.close('closed', 'done');
        settle();
        for (const n of asked) expect([n, settled.get(n) ?? 0]).toEqual([n, cancelled.has(n) ? 0 : 1]);
      }),
    );
  });
});
