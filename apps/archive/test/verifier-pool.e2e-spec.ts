import { describe, expect, it } from '@jest/globals';
import { recordVerifierContract } from '../src/records/ingest/record-verifier.contract-spec.js';
import { VerifierPool } from '../src/records/ingest/verifier-pool.js';
import { sampleRecord, secondsNow } from './record-samples.js';

const worker = new URL('../dist/records/ingest/verifier.worker.js', import.meta.url);

describe('the verifier in threads', () => {
  recordVerifierContract((scope) => new VerifierPool(() => undefined, scope, 2, worker));

  it('answers what a dying thread had as unavailable, and replaces the thread', async () => {
    const mortal = new URL(
      `data:text/javascript,import { parentPort } from 'node:worker_threads'; parentPort.once('message', () => process.exit(1));`,
    );
    const pool = new VerifierPool(() => undefined, {}, 1, mortal);
    const { jws } = await sampleRecord();
    for (let i = 0; i < 2; i++)
      await expect(pool.verify(jws, secondsNow())).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      });
    await pool.close();
  });

  it('refuses everything once it is closed', async () => {
    const pool = new VerifierPool(() => undefined, {}, 1, worker);
    const { jws } = await sampleRecord();
    const last = pool.verify(jws, secondsNow()).catch((error: unknown) => error);
    await pool.close();
    expect(await last).toMatchObject({ code: 'unavailable' });
    await expect(pool.verify(jws, secondsNow())).rejects.toMatchObject({ code: 'unavailable' });
  });
});
