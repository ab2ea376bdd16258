import { describe, expect, it } from '@jest/globals';
import { PeerNews } from './peer-news.js';

function news() {
  const state = { servers: 1, told: 0 };
  const waiting: (() => void)[] = [];
  const said = new PeerNews({
    servers: () => state.servers,
    tellPeers: () => state.told++,
    fewMax: 3,
    soonMs: 500,
    after: (delayMs, call) => {
      expect(delayMs).toBe(500);
      waiting.push(call);
      return () => waiting.splice(waiting.indexOf(call), 1);
    },
  });
  return { state, waiting, said };
}

describe('peers', () => {
  it('are told soon of a server that has come, once for all that come meanwhile', () => {
    const { state, waiting, said } = news();
    for (let i = 0; i < 100; i++) said.serverCame();
    expect([state.told, waiting.length]).toEqual([0, 1]);
    waiting.pop()!();
    expect(state.told).toBe(1);
    said.serverCame();
    expect(waiting).toHaveLength(1);
  });

  it('are not told of each that comes while there are many', () => {
    const { state, waiting, said } = news();
    state.servers = 4;
    said.serverCame();
    expect(waiting).toEqual([]);
  });

  it('are told of nothing once the archive stops', () => {
    const { waiting, said } = news();
    said.serverCame();
    said.stop();
    expect(waiting).toEqual([]);
  });
});
