import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { StandingClock } from '../../../test/standing-clock.js';
import { overlayLimits } from '../limits.js';
import { Company } from './company.js';

const { companyAskedBaseMs, companyAskedMaxMs } = overlayLimits;

function company() {
  const clock = new StandingClock();
  const scene = { isAlone: true, asked: 0, told: 0 };
  const one = new Company({
    clock,
    isAlone: () => scene.isAlone,
    ask: () => Promise.resolve([]).finally(() => scene.asked++),
    told: () => scene.told++,
  });
  /** Long enough for the next question, whatever the dice say, and until it is answered. */
  const pass = async (ms = companyAskedBaseMs + companyAskedMaxMs): Promise<void> => {
    clock.pass(ms);
    await setImmediate();
  };
  return { clock, scene, one, pass };
}

it('who is alone asks who else is there, for as long as nobody is', async () => {
  const { clock, scene, one, pass } = company();
  one.look();
  for (let i = 0; i < 3; i++) await pass();
  expect([scene.asked, scene.told]).toEqual([3, 3]);
  scene.isAlone = false;
  one.look();
  expect(clock.waiting).toBe(0);
});

it('who is looked at often does not ask more often', async () => {
  const { clock, scene, one, pass } = company();
  for (let i = 0; i < 5; i++) one.look();
  expect(clock.waiting).toBe(1);
  await pass();
  expect(scene.asked).toBe(1);
});

it('who has left asks nobody, and heeds no answer that comes then', async () => {
  const { clock, scene, one, pass } = company();
  one.look();
  clock.pass(companyAskedBaseMs + companyAskedMaxMs);
  one.end();
  await setImmediate();
  one.look();
  await pass();
  expect([scene.asked, scene.told, clock.waiting]).toEqual([1, 0, 0]);
});
