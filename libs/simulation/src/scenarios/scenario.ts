/** The worlds that can be run by name, and what can be chosen about them (docs/dht-results.md). */
import type { DhtSettings } from '@holdfast/dht';
import type { ChurnModel } from '../clients/churn.js';

export const scenarios = [
  'steady',
  'churn',
  'flash-crowd',
  'archive-lost',
  'archives-all-lost',
  'partition',
  'colluders',
  'sybil',
  'decay',
] as const;
export type ScenarioName = (typeof scenarios)[number];

/** What archives of the colluders' side do: false hints, false GONE (lying-archives.ts). */
export const archiveLies = ['none', 'hints', 'gone', 'all'] as const;
type ArchiveLies = (typeof archiveLies)[number];

export interface ScenarioChoices {
  readonly scenario: ScenarioName;
  readonly nodes: number;
  /** That are measured, after five in which the world warms up. */
  readonly minutes: number;
  readonly seed: number;
  readonly model: ChurnModel;
  readonly medianMinutes?: number | undefined;
  /** Of colluders. */
  readonly share: number;
  /** In `colluders`. */
  readonly lies: ArchiveLies;
  /** How long after the loss of all archives they are back; undefined: never. */
  readonly returnAfterMinutes?: number | undefined;
  /** How long a client is an observer before it serves. */
  readonly serveAfterMinutes: number;
  /** Of clients that never serve: phones, metered networks. */
  readonly observerShare: number;
  /** Refresh and sibling repair: without them copies are only lost. */
  readonly repair: boolean;
  /** For a hundred thousand nodes: smaller tables, no direct links, fewer records. */
  readonly isCompact: boolean;
  /** What every node does otherwise than `dhtSettings` says. */
  readonly settings: Partial<DhtSettings>;
}

export const scenarioDefaults = (scenario: ScenarioName, model: ChurnModel): ScenarioChoices => ({
  scenario,
  nodes: 1_000,
  minutes: scenario === 'decay' ? 90 : 30,
  seed: 1,
  model,
  share: 0.3,
  lies: 'hints',
  // In the stress test everybody takes part at once: after ten minutes next to nobody is left.
  serveAfterMinutes: model === 'bamboo' ? 0 : 10,
  observerShare: model === 'bamboo' ? 0 : 0.3,
  repair: true,
  isCompact: false,
  settings: {},
});
