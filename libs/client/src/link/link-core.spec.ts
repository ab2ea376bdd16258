import { describe, expect, it } from '@jest/globals';
import { error, get, hello, link, openLink, record } from '../../test/hand-driven-link.js';
import { limits } from '../limits.js';

describe('the connection of a link', () => {
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

  it.each([
    ['is not JSON', '{'],
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

  it('ends a connection on which a binary message comes before the archive has said hello', () => {
    const { core } = link();
    core.start(0);
    core.received(Uint8Array.of(1, 0, 0, 0, 1), 1);
    expect(core.state).toMatchObject({ name: 'waiting', code: 'answer-invalid' });
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
});
