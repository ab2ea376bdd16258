/**
 * Small worlds of every scenario, by fixed seeds: what they show is the same in every run. The figures at full size are
 * in docs/dht-results.md; the bounds here are what must never be missed by much.
 */
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/scenarios/outcome.js';
import { runScenario, type RunInit } from '../../src/scenarios/run.js';
import { scenarioDefaults, type ScenarioName } from '../../src/scenarios/scenario.js';

const minuteMs = 60_000;

function outcomeOf(scenario: ScenarioName, choices: Partial<RunInit> = {}): Outcome {
  const defaults = scenarioDefaults(scenario, choices.model ?? 'kad');
  return runScenario({ ...defaults, nodes: 200, minutes: 8, ...choices }).outcome;
}

describe('a world of two hundred clients', () => {
  it('finds everything while nobody comes or leaves', () => {
    const outcome = outcomeOf('steady');
    expect(outcome.gets).toBeGreaterThan(10);
    expect([outcome.hitShare, outcome.left, outcome.falseFinds, outcome.recordsLost]).toEqual([1, 0, 0, 0]);
    expect(outcome.misbehaved['forged-item']).toBeUndefined();
    expect(outcome.hops.p50).toBeLessThanOrEqual(4);
    expect(outcome.messagesPerLookup.p95).toBeLessThanOrEqual(40);
    expect(outcome.byRole.server.bytesPerNodeSecond.mean).toBeLessThan(2_000);
    expect(outcome.byRole.observer.bytesPerNodeSecond.mean).toBeLessThan(168);
  });

  it('finds what is hot under the churn of tabs', () => {
    const { byPopularity, falseFinds, left } = outcomeOf('churn', { model: 'tab' });
    expect(left).toBeGreaterThan(20);
    expect(byPopularity.hot.gets).toBeGreaterThan(5);
    expect(byPopularity.hot.hitShare).toBeGreaterThanOrEqual(0.95);
    expect(falseFinds).toBe(0);
  });

  it('keeps what is hot while half of them leave every minute and a half', () => {
    const { byPopularity, recordsLost, left } = outcomeOf('churn', { model: 'bamboo', minutes: 6 });
    expect(left).toBeGreaterThan(600);
    expect(byPopularity.hot.gets).toBeGreaterThan(5);
    expect(byPopularity.hot.hitShare).toBeGreaterThanOrEqual(0.9);
    expect(recordsLost).toBeLessThanOrEqual(2);
  });

  it('takes a crowd of ten times its size in, and gives all of it what it came for', () => {
    const outcome = outcomeOf('flash-crowd');
    expect(outcome.joined).toBeGreaterThanOrEqual(200);
    expect(outcome.gets).toBeGreaterThan(150);
    expect(outcome.hitShare).toBeGreaterThan(0.98);
  });

  it('goes on when an archive is lost with all its clients', () => {
    const outcome = outcomeOf('archive-lost', { minutes: 10 });
    expect(outcome.left).toBeGreaterThan(20);
    expect(outcome.byPopularity.hot.gets).toBeGreaterThan(10);
    expect(outcome.byPopularity.hot.hitShare).toBeGreaterThanOrEqual(0.95);
    expect(outcome.recordsLost).toBe(0);
  });

  it('still finds what is hot ten minutes after the last archive has gone', () => {
    const outcome = outcomeOf('archives-all-lost');
    expect(outcome.byPopularity.hot.gets).toBeGreaterThan(5);
    expect(outcome.archiveFramesPerSecond).toBe(0);
    expect(outcome.byPopularity.hot.hitShare).toBeGreaterThanOrEqual(0.95);
    expect(outcome.recordsLost).toBe(0);
  });

  it('takes newcomers in and relays again once the archives have returned', () => {
    const { archiveFramesPerSecond, hitShare, joined } = outcomeOf('archives-all-lost', {
      model: 'tab',
      serveAfterMinutes: 1,
      returnAfterMinutes: 11,
    });
    expect(archiveFramesPerSecond).toBeGreaterThan(10);
    expect(joined).toBeGreaterThan(300);
    expect(hitShare).toBeGreaterThan(0.5);
  });

  it('finds again what was on the other side of a partition', () => {
    const outcome = outcomeOf('partition', { minutes: 20 });
    expect(outcome.hitShare).toBeGreaterThan(0.85);
    expect(outcome.recordsLost).toBe(0);
  });

  it('is led astray by a third of liars in few of its gets, and believes none of them', () => {
    const { hitShare, falseFinds, messagesPerLookup, misbehaved } = outcomeOf('colluders', {
      minutes: 15,
      lies: 'none',
    });
    expect(hitShare).toBeGreaterThanOrEqual(0.95);
    expect([falseFinds, misbehaved['forged-item']! > 10]).toEqual([0, true]);
    expect(messagesPerLookup.mean).toBeLessThanOrEqual(60);
  });

  it('finds most in spite of a third of liars and of archives that lie for them', () => {
    const { hitShare, falseFinds } = outcomeOf('colluders', { minutes: 15, lies: 'all' });
    expect(hitShare).toBeGreaterThanOrEqual(0.8);
    expect(falseFinds).toBe(0);
  });

  it('finds a record whose place in one ring is surrounded', () => {
    const { hitShare, bySource } = outcomeOf('sybil', { minutes: 15 });
    expect(hitShare).toBeGreaterThanOrEqual(0.95);
    expect(bySource.ring1).toBeGreaterThan(0);
  });

  it('lets go of what nobody reads', () => {
    const settings = { ttlMs: 6 * minuteMs, refreshMs: minuteMs, tendMs: 10_000 };
    const { byPopularity, recordsLost } = outcomeOf('decay', { nodes: 100, minutes: 24, settings });
    expect(byPopularity.unread.gets).toBeGreaterThan(5);
    expect(byPopularity.unread.hitShare).toBeLessThan(0.5);
    // Also of what is hot some is read too seldom for so short a time.
    expect(recordsLost).toBeGreaterThan(0);
  });
});

describe('one seed', () => {
  const choices = { model: 'tab', nodes: 120, minutes: 3 } as const;
  const first = outcomeOf('churn', { ...choices, seed: 5 });

  it('gives one trace and one outcome', () => {
    expect(outcomeOf('churn', { ...choices, seed: 5 })).toEqual(first);
  });

  it('gives another trace than another', () => {
    expect(outcomeOf('churn', { ...choices, seed: 6 }).traceHash).not.toBe(first.traceHash);
  });
});
