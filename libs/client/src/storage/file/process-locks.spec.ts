import { describe, expect, it } from '@jest/globals';
import { memoryStorage } from '../memory.js';
import { put } from '../storage.js';
import { identityOf, isRunning } from './process-identity.js';
import { ProcessLocks } from './process-locks.js';

/** A process that certainly runs and is not this one. */
const neighbour = identityOf(process.ppid);
const itWhereProcessesCanBeTold = neighbour.start === undefined ? it.skip : it;

async function locksBeside(holder: object): Promise<ProcessLocks> {
  const storage = memoryStorage();
  await storage.write([put('lock/door', JSON.stringify({ process: 'another', token: 't', ...holder }))]);
  return new ProcessLocks((keys, decide) => storage.update(keys, decide), '');
}

describe('a lock between processes', () => {
  it('is respected while its holder runs, and says who that is', async () => {
    const locks = await locksBeside(neighbour);
    const holders: string[] = [];
    const taken = await locks.take('door', { wait: false, onTaken: (holder) => holders.push(holder) });
    expect(taken).toBeUndefined();
    expect(holders).toEqual([`process ${process.ppid}`]);
  });

  itWhereProcessesCanBeTold(
    'has ended with its holder, also when its number has been given to another process',
    async () => {
      for (const start of [
        `an-earlier-boot ${neighbour.start!.split(' ')[1]}`,
        `${neighbour.start!.split(' ')[0]} 1`,
      ]) {
        const locks = await locksBeside({ ...neighbour, start });
        expect(await locks.take('door', { wait: false })).toBeDefined();
        await locks.close();
      }
    },
  );

  it('has ended with a holder that runs no more', () => {
    expect(isRunning({ pid: 2 ** 22 + 1 })).toBe(false);
    expect(isRunning(identityOf(process.pid))).toBe(true);
  });
});
