import { describe, expect, it } from '@jest/globals';
import type { Sender } from '../contacts/contact.js';
import { Key } from '../keys/key.js';
import { dhtLimits, dhtSettings } from '../limits.js';
import { Load, type Admission } from './load.js';
import { TokenBuckets } from './token-buckets.js';

const sender = (name: number): Sender => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, name);
  return { id: new Key(bytes), archive: 'archive', role: 'server' };
};
const share = dhtSettings.requestsBurstMax * dhtLimits.loadShareMax;
const sharePerSecond = dhtSettings.requestsPerSecondMax * dhtLimits.loadShareMax;
const alice = sender(1);
const bob = sender(2);

const node = (role: 'server' | 'observer' = 'server') => {
  const context = { role, settings: dhtSettings, nowMs: 1_000 };
  return { context, load: new Load(context) };
};

const asks = (load: Load, from: Sender, times: number): Record<Admission, number> => {
  const counts = { answer: 0, refuse: 0, drop: 0 };
  for (let i = 0; i < times; i++) counts[load.admit(from)]++;
  return counts;
};

describe('the load of a node', () => {
  it('answers one contact for its share at most, refuses a few more, and is silent about the rest', () => {
    const { load } = node();
    const counts = asks(load, alice, 10_000);
    expect(counts.answer).toBeGreaterThan(share / 2);
    expect(counts.answer).toBeLessThanOrEqual(share);
    expect(counts.refuse).toBeGreaterThanOrEqual(dhtLimits.loadRefusalsMax);
    expect(counts.refuse).toBeLessThanOrEqual(dhtLimits.loadRefusalsMax + 4 * share);
    expect(load.admit(bob)).toBe('answer');
  });

  it('answers again as time goes by, and no more than its share in a second', () => {
    const { context, load } = node();
    asks(load, alice, 10_000);
    let answered = 0;
    for (let i = 0; i < 600; i++) {
      context.nowMs += 100;
      answered += load.admit(alice) === 'answer' ? 1 : 0;
    }
    expect(answered).toBeGreaterThan((sharePerSecond * 60) / 2);
    expect(answered).toBeLessThanOrEqual(sharePerSecond * 60 + share);
  });

  it('never answers more than its burst at once, however many ask', () => {
    const { load } = node();
    let answered = 0;
    for (let i = 0; i < 1_000; i++) answered += asks(load, sender(i), 20).answer;
    expect(answered).toBeGreaterThan(dhtSettings.requestsBurstMax / 2);
    expect(answered).toBeLessThanOrEqual(dhtSettings.requestsBurstMax);
  });

  it('keeps something for those that ask for little, whatever some greedy ones do', () => {
    const { load } = node();
    for (let i = 0; i < 10; i++) asks(load, sender(100 + i), 1_000);
    for (let i = 0; i < 5; i++) expect(load.admit(sender(i))).toBe('answer');
  });

  it('accounts for a bounded number of contacts', () => {
    const { load } = node();
    for (let i = 0; i < 5_000; i++) load.admit(sender(i));
    expect(load.contacts).toBeLessThanOrEqual(dhtLimits.loadContactsMax);
  });

  it('forgets contacts that have been quiet', () => {
    const { context, load } = node();
    for (let i = 0; i < 100; i++) load.admit(sender(i));
    context.nowMs += 60_000;
    load.admit(alice);
    expect(load.contacts).toBe(1);
  });

  it('answers less as an observer', () => {
    const observer = node('observer').load;
    let answered = 0;
    for (let i = 0; i < 1_000; i++) answered += asks(observer, sender(i), 1).answer;
    expect(answered).toBe(dhtSettings.requestsBurstMax * dhtSettings.observerLoadShare);
  });

  it('floods as often as is allowed, and changing its role gives it no more', () => {
    const { context, load } = node();
    const begun = () => Array.from({ length: 100 }, () => load.mayFlood()).filter(Boolean).length;
    expect(begun()).toBe(dhtSettings.floodsPerMinuteMax);
    context.role = 'observer';
    expect(begun()).toBe(0);
    context.nowMs += 60_000;
    expect(begun()).toBe(dhtSettings.floodsPerMinuteMax);
  });
});

describe('token buckets', () => {
  it('forget the longest quiet when there are too many, and not those that are still asking', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 10 }, 3);
    buckets.take('greedy', 10, 0);
    for (let i = 0; i < 20; i++) {
      buckets.take(`other ${i}`, 5, i);
      expect(buckets.take('greedy', 0.001, i)).toBe(i > 0);
    }
    expect(buckets.size).toBe(3);
    expect(buckets.level('greedy', 20)).toBeLessThan(1);
    expect(buckets.level('other 0', 20)).toBe(10);
  });

  it('take nothing when too little is left', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 10 }, 3);
    expect(buckets.take('alice', 11, 0)).toBe(false);
    expect(buckets.level('alice', 0)).toBe(10);
    expect(buckets.take('alice', 11, 0, -1)).toBe(true);
    expect(buckets.level('alice', 0)).toBe(-1);
    expect(buckets.level('alice', 3_000)).toBe(2);
  });
});
