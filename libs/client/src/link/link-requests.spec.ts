import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { error, get, hello, link, openLink, record } from '../../test/hand-driven-link.js';
import { limits } from '../limits.js';
import type { RequestFrame } from './link-core.js';

describe('the requests of a link', () => {
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

  it('fails an impatient request with the first attempt to connect that fails after it, and makes that soon', () => {
    const { core, done } = link();
    core.start(0);
    core.lost('refused', 1);
    core.advance(501);
    core.lost('refused', 502);
    const patient = core.request(get, 600);
    const impatient = core.request(get, 600, true);
    expect(core.nextDeadline()).toBe(1_501);
    core.advance(1_501);
    expect(done('fail')).toEqual([]);
    core.lost('refused again', 1_502);
    expect(done('fail')).toMatchObject([
      { n: impatient, code: 'archive-unreachable', detail: 'refused again' },
    ]);
    core.advance(2_501);
    core.received(hello(), 2_502);
    expect(done('send').map(({ text }) => (JSON.parse(text) as { n: number }).n)).toEqual([patient]);
  });

  it('asks once more on a new connection what is impatient and was lost with one', () => {
    const { core, done } = openLink();
    const n = core.request(get, 1, true);
    core.lost('gone', 2);
    expect(done('fail')).toEqual([]);
    core.advance(core.nextDeadline()!);
    core.lost('refused', 1_100);
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

  it('has a bounded number in flight, and sends the next as answers come', () => {
    const { core, done } = openLink();
    const numbers = Array.from({ length: limits.inFlightMax + 2 }, () => core.request(get, 0));
    expect(done('send')).toHaveLength(limits.inFlightMax);
    core.received(record(numbers[5]!), 1);
    expect(done('send')).toHaveLength(1);
  });

  it('sends the next also when one is given up, and when many are not answered in time', () => {
    const { core, done } = openLink();
    const sent = (): number[] =>
      done('send')
        .map(({ text }) => JSON.parse(text) as { op: string; n: number })
        .flatMap(({ op, n }) => (op === 'get' ? [n] : []));
    const numbers = Array.from({ length: limits.inFlightMax }, () => core.request(get, 0));
    const next = core.request(get, 1);
    expect(sent()).toEqual(numbers);
    core.cancel(numbers[0]!, 2);
    expect(sent()).toEqual([next]);
    const last = core.request(get, 29_000);
    core.advance(30_000);
    expect(sent()).toEqual([last]);
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

  it('gives binary messages to the stream whose number they bear, and ignores those of no request', () => {
    const { core, done } = openLink();
    const n = core.openStream({ op: 'follow', filter: {} }, 1, 0);
    const message = Uint8Array.of(7, 0, 0, 0, n, 9);
    core.received(message, 1);
    core.received(message.with(1, 255), 2);
    for (let length = 0; length < 5; length++) core.received(message.slice(0, length), 3);
    expect(done('answer')).toEqual([{ do: 'answer', n, answer: { op: 'binary', n, message } }]);
    expect(core.state.name).toBe('open');
    core.cancel(n, 4);
    core.received(message, 5);
    expect(done('answer')).toEqual([]);
  });

  it('reads the number of a binary message from four bytes, the highest first', () => {
    const { core, done } = openLink();
    let n = 0;
    while (n < 257) {
      n = core.openStream({ op: 'follow', filter: {} }, 1, 0);
      core.cancel(n, 0);
    }
    n = core.openStream({ op: 'follow', filter: {} }, 1, 0);
    core.received(Uint8Array.of(1, 0, 0, n >> 8, n & 255), 1);
    expect(done('answer')).toMatchObject([{ n }]);
  });

  it('tells the archive of a stream that nobody wants any more, and hears no more of it', () => {
    const { core, done } = openLink();
    const n = core.openStream({ op: 'follow', filter: {} }, 1, 0);
    done('send');
    core.cancel(n, 0);
    expect(done('send').map(({ text }) => JSON.parse(text))).toEqual([{ op: 'cancel', n: n + 1, target: n }]);
    core.received(JSON.stringify({ op: 'ended', n }), 1);
    core.received(JSON.stringify({ op: 'entries', n, entries: [] }), 1);
    expect(done('answer')).toEqual([]);
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
            core.cancel(n, now);
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
