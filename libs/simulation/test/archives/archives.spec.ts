/**
 * Promise P5 in random worlds: whatever breaks, and whatever is published and retracted meanwhile, archives that trust each
 * other hold the same in the end, at a cost close to the difference. And crates: none that was promised is lost, and none
 * that has left waits anywhere, also among strangers. A failure prints the command that repeats its world.
 */
import { describe, expect, it } from '@jest/globals';
import { Federation, type Outcome } from './federation.js';
import { planOf } from './plan.js';
import { planOfCrates } from './plan-of-crates.js';
import { makeRecordPool } from './record-pool.js';
import { seedsThatFailed, type PlanKind } from './seeds.js';

/** Ends what hangs; how fast a busy machine is, is no verdict. */
const timeoutMs = 600_000;
const only = process.env['HOLDFAST_WORLD_SEED'];
const first = Number(process.env['HOLDFAST_WORLD_FIRST'] ?? 1);
const many = process.env['HOLDFAST_WORLDS'];
const pool = makeRecordPool(400);

function seedsOf(kind: PlanKind, count: number): number[] {
  if (only !== undefined) return [Number(only)];
  const range = Array.from(
    { length: many === undefined ? count : Number(many) },
    (_, index) => first + index,
  );
  return [...seedsThatFailed[kind], ...range];
}

async function outcomeOf(kind: PlanKind, seed: number): Promise<Outcome> {
  const plan = kind === 'crates' ? planOfCrates(seed) : planOf(seed, kind, pool);
  const federation = new Federation(seed, plan, pool, only === undefined ? 0 : 300);
  const outcome = await federation.run();
  if (only !== undefined) {
    const { faults, ...figures } = outcome;
    const lines = [...federation.world.trace.lines(), JSON.stringify(figures), ...faults];
    process.stderr.write(`${lines.join('\n')}\n`);
  }
  return outcome;
}

async function faultsOf(kind: PlanKind, count: number): Promise<string[]> {
  const faults: string[] = [];
  for (const seed of seedsOf(kind, count)) {
    const outcome = await outcomeOf(kind, seed);
    if (outcome.faults.length === 0) continue;
    const command = `HOLDFAST_WORLD_SEED=${seed} npm test -- libs/simulation/test/archives -t '${kind}'`;
    faults.push([command, ...outcome.faults.slice(0, 5)].join('\n  '));
  }
  return faults;
}

describe('archives hold the same in the end', () => {
  it.each<[PlanKind, number]>([
    ['calm', 15],
    ['broken', 45],
    ['betrayed', 8],
    ['crates', 25],
  ])(
    'in %s worlds',
    async (kind, count) => {
      expect(await faultsOf(kind, count)).toEqual([]);
    },
    timeoutMs,
  );
});

it(
  'a world is repeated to the last frame by its seed',
  async () => {
    const [once, again, other] = [
      await outcomeOf('broken', 7),
      await outcomeOf('broken', 7),
      await outcomeOf('broken', 8),
    ];
    expect(again).toEqual(once);
    expect(other.traceHash).not.toBe(once.traceHash);
  },
  timeoutMs,
);
