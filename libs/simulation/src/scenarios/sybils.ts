/**
 * Sixteen tickets next to the ring-0 target of one record, spread over all archives, so that caps by archive do not
 * help: closer than anybody honest, there before the record is. The record is read once every half minute by somebody else.
 */
import { Key, ringTarget } from '@holdfast/dht';
import { randomKey } from '../clients/truth.js';
import type { Stage } from './happenings.js';

const tickets = 16;
/** So many bits do their ids share with the target. */
const sharedBytes = 6;
const readEveryMs = 30_000;

export function sybils(stage: Stage): void {
  const { init, world, population, workload, collusion, measuredFromMs } = stage;
  const random = world.random('sybils');
  const record = world.truth.makeRecord('hot', Math.floor(measuredFromMs / 1_000) - 120);
  const target = ringTarget(record.place, 0);
  for (let i = 0; i < tickets; i++) {
    const bytes = Uint8Array.from(randomKey(random).bytes);
    bytes.set(target.bytes.subarray(0, sharedBytes));
    const archive = world.archives[i % world.archives.length]!;
    population.settle({ id: new Key(bytes), archive, conduct: collusion.conduct('leads') });
  }
  world.clock.at(measuredFromMs - 60_000, () => {
    const author = workload.someone();
    if (author !== undefined) workload.publish(record, author);
  });
  const endMs = measuredFromMs + init.minutes * 60_000;
  for (let atMs = measuredFromMs; atMs < endMs; atMs += readEveryMs) {
    world.clock.at(atMs, () => workload.read(record));
  }
}
