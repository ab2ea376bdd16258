/** A link core that a spec drives by hand: no socket, no clock, and the frames that an archive would send. */
import { LinkCore, type RequestFrame } from '../src/link/link-core.js';
import type { LinkEffect } from '../src/link/link-state.js';

export const hello = (archive = 'archive A'): string =>
  JSON.stringify({ op: 'hello', archive, version: '1', challenge: 'c', time: 1_000 });

export const get: RequestFrame = { op: 'get', id: 'A'.repeat(43) };

export const record = (n: number): string => JSON.stringify({ op: 'record', n, record: 'r' });

export const error = (code: string, n?: number): string =>
  JSON.stringify({
    op: 'error',
    ...(n === undefined ? {} : { n }),
    code,
    detail: 'because',
    retryable: false,
  });

/** Its jitter is always the longest; what it wants to be done is collected by kind. */
export function link({ expectedArchive }: { expectedArchive?: string } = {}) {
  const core = new LinkCore({ expectedArchive, requestTimeoutMs: 30_000, patienceMs: 5_000 }, () => 1);
  const effects = (): LinkEffect[] => core.takeEffects();
  const done = <Kind extends LinkEffect['do']>(kind: Kind): Extract<LinkEffect, { do: Kind }>[] =>
    effects().filter((effect): effect is Extract<LinkEffect, { do: Kind }> => effect.do === kind);
  return { core, effects, done };
}

export function openLink() {
  const opened = link();
  opened.core.start(0);
  opened.core.received(hello(), 0);
  opened.effects();
  return opened;
}
