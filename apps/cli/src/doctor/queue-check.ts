/** The Redis that HOLDFAST_REDIS_URL names. An archive works without it, so that nothing here is a failure. */
import { Redis } from 'ioredis';
import { cliLimits } from '../limits.js';
import { ok, warn, type Finding } from './finding.js';

export async function checkQueue(redisUrl: string): Promise<Finding> {
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: cliLimits.doctorAnswerMsMax,
    commandTimeout: cliLimits.doctorAnswerMsMax,
    retryStrategy: () => null,
  });
  let refusal: Error | undefined;
  client.on('error', (error: Error) => (refusal = error));
  try {
    await client.connect();
    return findingOf(await client.info());
  } catch (error) {
    // The refusal says more than the end of the connection; neither holds a password.
    const { message } = refusal ?? (error as Error);
    const detail = `Redis cannot be used: ${message}.`;
    const advice =
      'Check that it runs, and the user and password in HOLDFAST_REDIS_URL. Until then deliveries are later.';
    return warn('queue', detail, advice);
  } finally {
    client.disconnect();
  }
}

function findingOf(info: string): Finding {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of an unknown version';
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === undefined || policy === 'noeviction') return ok('queue', `Redis ${version} answers.`);
  const advice = 'Set its maxmemory-policy to noeviction: deliveries are later when it throws keys away.';
  return warn('queue', `Redis ${version} answers; its maxmemory-policy is ${policy}.`, advice);
}
