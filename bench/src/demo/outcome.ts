/** What a demo shows: figures for machines, the same as lines for people, and whether all is as it was promised. */
export interface DemoOutcome {
  readonly figures: object;
  readonly lines: readonly string[];
  readonly isGood: boolean;
}
