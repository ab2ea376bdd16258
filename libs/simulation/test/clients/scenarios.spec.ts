/**
 * Small worlds of every scenario, by fixed seeds: what they show is the same in every run. The figures at full size are
 * in docs/dht-results.md; the bounds here are what must never be missed by much.
 */
import { describe, expect, it } from '@jest/globals';
import { runScenario, type RunInit } from '../../src/scenarios/run.js';
import { scenarioDefaults, type ScenarioName } from '../../src/scenarios/scenario.js';
import type { Outcome } from '../../src/scenarios/outcome.js';

const outcomeOf = (scenario: ScenarioName, choices: Partial<RunInit> = {}): Outcome =>
  runScenario({ ...scenarioDefaults(scenario, choices.model ?? 'kad'), nodes: 200, minutes: 8, ...choices })
    .outcome;

describe('a world of two hundred clients', () => {
  it('finds everything while nobody comes or leaves', () => {
    const outcome = outcomeOf('steady');
    expect(outcome.gets).toBeGreaterThan(10);
    expect([outcome.hitShare, outcome.left, outcome.falseFinds, outcome.recordsLost]).toEqual([1, 0, 0, 0]);
    expect(outcome.hops.p50).toBeLessThanOrEqual(4);
    expect(outcome.messagesPerLookup.p95).toBeLessThanOrEqual(40);
  });

  it('finds what is hot under the churn of tabs', () => {
    const { byPopularity, falseFinds, left } = outcomeOf('churn', { model: 'tab' });
    expect(left).toBeGreaterThan(20);
    expect(byPopularity.hot.hitShare).toBeGreaterThan(0.95);
    expect(falseFinds).toBe(0);
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
