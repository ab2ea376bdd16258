import { expect, it } from '@jest/globals';
import { Meter } from './meter.js';

it('a meter tells what a client sent and received in each of its roles', () => {
  const meter = new Meter('observer', 1_000);
  meter.sentBytes += 10;
  meter.turn('server', 3_000);
  meter.sentBytes += 500;
  meter.receivedBytes += 70;
  expect(meter.read(13_000)).toEqual([
    { role: 'observer', seconds: 2, sentBytes: 10, receivedBytes: 0 },
    { role: 'server', seconds: 10, sentBytes: 500, receivedBytes: 70 },
  ]);
  expect(meter.read(14_000)).toEqual([{ role: 'server', seconds: 1, sentBytes: 0, receivedBytes: 0 }]);
  expect(meter.read(14_000)).toEqual([]);
});
