/** What can be seen of an archive from outside: who answers at its address, its health, its WebSocket, its clock. */
import { createClient, memoryStorage } from '@holdfast/client';
import { HoldfastError, type Scope } from '@holdfast/protocol';
import { cliLimits } from '../limits.js';
import { fail, ok, warn, type Finding } from './finding.js';

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** @returns the finding, and whether an archive answered, so that its doors can be tried */
export async function checkAddress(url: string): Promise<{ finding: Finding; isArchive: boolean }> {
  const answer = await ask(`${url}/.well-known/holdfast`);
  if (typeof answer === 'string') {
    const advice = 'Start the archive ("holdfast archive start"), or name the right address with --archive.';
    return { finding: fail('address', `Nobody answers at ${url}: ${answer}.`, advice), isArchive: false };
  }
  const id = answer.json?.['id'];
  if (answer.status !== 200 || typeof id !== 'string') {
    const advice =
      'Stop the other program, or give the archive another port (HOLDFAST_PORT) and name it with --archive.';
    const detail = `Something that is no archive answers at ${url} (HTTP ${answer.status}).`;
    return { finding: fail('address', detail, advice), isArchive: false };
  }
  const version = String(answer.json?.['version']);
  return { finding: ok('address', `Archive ${id}, version ${version}, answers at ${url}.`), isArchive: true };
}

export async function checkHealth(url: string): Promise<Finding> {
  const answer = await ask(`${url}/healthz`);
  if (typeof answer !== 'string' && answer.status === 200)
    return ok('health', 'The archive reaches its database.');
  const detail =
    typeof answer === 'string' ? answer : `HTTP ${answer.status}, ${String(answer.json?.['detail'])}`;
  return fail(
    'health',
    `The archive says that it is not well: ${detail}.`,
    "Look at its log and its database's.",
  );
}

/** The WebSocket carries nearly everything; a proxy that does not pass it on is the commonest fault. */
export async function checkSocket(url: string): Promise<readonly Finding[]> {
  const client = createClient({ archives: [url], storage: memoryStorage() });
  try {
    const { state } = await client.connected({ signal: AbortSignal.timeout(cliLimits.doctorAnswerMsMax) });
    if (state.name !== 'open') throw new Error(`the connection is ${state.name}`);
    return [
      ok('websocket', `The WebSocket opens and the archive says hello. ${holdingsOf(state)}`),
      clockFinding(state.aheadSeconds),
    ];
  } catch (error) {
    const state = client.archives[0]?.state;
    const detail = state?.name === 'waiting' ? state.detail : reasonOf(error);
    const advice =
      'If a proxy stands before the archive, let it pass on "Upgrade: websocket" for /v1/ws and /v1/peers.';
    return [fail('websocket', `The WebSocket does not open: ${detail}`, advice)];
  } finally {
    await client.close();
  }
}

/** What the archive says that it keeps, and since when. */
function holdingsOf({ scope, horizon }: { readonly scope?: Scope; readonly horizon?: number }): string {
  if (scope === undefined) return 'It does not say what it keeps.';
  const kept = Object.keys(scope).length === 0 ? 'every record' : `records of ${JSON.stringify(scope)}`;
  const since = new Date((horizon ?? NaN) * 1000);
  // An archive may send any number; Date knows no later one than the year 275760.
  const claim = Number.isNaN(since.getTime())
    ? 'does not claim to have all of that since any time'
    : `claims to have all of that since ${since.toISOString()}`;
  return `It keeps ${kept}, and ${claim}.`;
}

function clockFinding(aheadSeconds: number): Finding {
  const seconds = Math.round(Math.abs(aheadSeconds));
  const detail = `The archive's clock is ${seconds} s ${aheadSeconds < 0 ? 'behind' : 'ahead of'} this machine's.`;
  const advice = 'Set both clocks by NTP: records dated more than 10 minutes ahead are refused.';
  if (seconds > cliLimits.clockOffSecondsMax) return fail('clock', detail, advice);
  return seconds > cliLimits.clockOffSecondsWanted ? warn('clock', detail, advice) : ok('clock', detail);
}

async function ask(url: string): Promise<Answer | string> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(cliLimits.doctorAnswerMsMax),
      redirect: 'manual',
    });
    const text = await answer.text();
    return { status: answer.status, json: objectOf(text) };
  } catch (error) {
    return reasonOf(error);
  }
}

function objectOf(text: string): Answer['json'] {
  try {
    const json = JSON.parse(text) as unknown;
    return typeof json === 'object' && json !== null ? (json as Answer['json']) : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.message;
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}
