import { describe, expect, it } from '@jest/globals';
import { signJoin, type Answer, type HoldfastError, type SigningKey } from '@holdfast/protocol';
import { createHash } from 'node:crypto';
import { frameOf, makeNodeKey } from '../../test/node-client.js';
import { OpenRequests } from '../gateway/open-requests.js';
import type { Connection } from '../gateway/operations.js';
import { archiveLimits } from '../limits.js';
import { FrameBudgets } from './frame-budgets.js';
import { JoiningService } from './joining.service.js';
import { NodeRegistry } from './node-registry.js';
import { RelayService } from './relay.service.js';
import { TicketRoom } from './ticket-room.js';

const archive = Buffer.alloc(32, 8).toString('base64url');
const challenge = Buffer.alloc(32, 9).toString('base64url');
const nodeOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

const rates = { framesPerSecond: 100, bytesPerSecond: 100_000, floodsPerMinute: 2 };

/** Tickets are good for a minute. */
function archiveWith(perNetworkMax = 0) {
  const clock = { nowMs: 1_000_000 };
  const nodes = new NodeRegistry();
  const expiry = () => Math.floor(clock.nowMs / 1_000) + 60;
  const joining = new JoiningService({
    archive,
    nodes,
    tickets: { issue: async (key) => ({ node: nodeOf(key), ticket: 'ticket', expiry: expiry() }) },
    room: new TicketRoom(perNetworkMax),
    rates,
    nearbyMax: 8,
    nowMs: () => clock.nowMs,
    onTicketRefused: () => undefined,
  });
  /** Resolves once it is there; `ended` with the code of its end. */
  const join = async (key: SigningKey) => {
    const requests = new OpenRequests();
    const answers: Answer[] = [];
    let joined: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => (joined = resolve));
    const connection: Connection = {
      ...{ id: 'connection', challenge, network: '192.0.2.1', closed: new AbortController().signal },
      ...{ isDrained: true, drained: async () => undefined, offer: () => true },
      send: (answer) => {
        answers.push(answer);
        joined();
      },
      open: (n, stream) => requests.open(n, stream),
    };
    const begun = requests.begin(1, 'join');
    if (!begun.ok) throw new Error(begun.code);
    const proof = await signJoin(key, archive, challenge);
    const ended = joining
      .join({ op: 'join', n: 1, node: key.publicKey, role: 'server', proof }, connection)
      .then(
        () => 'cancelled',
        (error: HoldfastError) => {
          requests.end(begun.value);
          return error.code;
        },
      );
    await Promise.race([isThere, ended]);
    return { answers, ended, connection, cancel: () => requests.cancel(1) };
  };
  return { clock, nodes, joining, join };
}

describe('the sweep of tickets', () => {
  it('ends the nodes whose tickets have expired, and no others', async () => {
    const { clock, nodes, joining, join } = archiveWith();
    const [early, late] = [await makeNodeKey(), await makeNodeKey()];
    const first = await join(early);
    clock.nowMs += 30_000;
    const second = await join(late);
    expect([first, second].map(({ answers }) => answers[0]?.op)).toEqual(['joined', 'joined']);
    clock.nowMs += 29_999;
    joining.endExpired();
    expect(nodes.count('server')).toBe(2);
    clock.nowMs += 1;
    joining.endExpired();
    expect(await first.ended).toBe('not-joined');
    expect(nodes.count('server')).toBe(1);
    expect(nodes.get(nodeOf(early.publicKey))).toBeUndefined();
    expect(joining.of(first.connection)).toBeUndefined();
    expect(nodes.get(nodeOf(late.publicKey))?.connection).toBe(second.connection);
    // Nobody is told to look for it any more.
    expect(nodes.nearest(nodeOf(early.publicKey), 8, undefined)).toHaveLength(1);
    second.cancel();
    expect(await second.ended).toBe('cancelled');
    expect(nodes.count('server')).toBe(0);
  });

  it('does not end a node that has joined again in time on another connection', async () => {
    const { clock, nodes, joining, join } = archiveWith();
    const key = await makeNodeKey();
    const before = await join(key);
    clock.nowMs += 30_000;
    const now = await join(key);
    expect(await before.ended).toBe('not-joined');
    clock.nowMs += 30_000;
    joining.endExpired();
    expect(nodes.get(nodeOf(key.publicKey))?.connection).toBe(now.connection);
    expect(joining.of(now.connection)).toBeDefined();
  });

  it('leaves room for others of the network once the tickets are over', async () => {
    const { clock, joining, join } = archiveWith(1);
    const first = await join(await makeNodeKey());
    const refused = await join(await makeNodeKey());
    expect(await refused.ended).toBe('quota-exceeded');
    clock.nowMs += 60_000;
    joining.endExpired();
    expect(await first.ended).toBe('not-joined');
    expect((await join(await makeNodeKey())).answers).toMatchObject([{ op: 'joined' }]);
  });
});

describe('a connection on which nobody has joined', () => {
  it('hears of it once in a while, however many frames it sends', async () => {
    const { clock, joining, join } = archiveWith();
    const { connection, cancel, ended } = await join(await makeNodeKey());
    expect(joining.senderOn(connection)).toBe(joining.of(connection));
    cancel();
    await ended;
    const isTold = (): boolean => {
      try {
        expect(joining.senderOn(connection)).toBeUndefined();
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'not-joined' });
        return true;
      }
    };
    expect([isTold(), isTold(), isTold()]).toEqual([true, false, false]);
    clock.nowMs += archiveLimits.notJoinedToldMs - 1;
    expect(isTold()).toBe(false);
    clock.nowMs += 1;
    expect([isTold(), isTold()]).toEqual([true, false]);
    const another = await join(await makeNodeKey());
    another.cancel();
    await another.ended;
    expect(() => joining.senderOn(another.connection)).toThrow(
      expect.objectContaining({ code: 'not-joined' }),
    );
  });
});

describe('what a node may have carried', () => {
  async function flooding() {
    const all = archiveWith();
    let carried = 0;
    const counted = { carried: () => undefined, dropped: () => undefined, gone: () => undefined };
    const relay = new RelayService({
      ...{ archive, nodes: all.nodes, budgets: new FrameBudgets(rates) },
      ...{ metrics: { ...counted, carried: () => void (carried += 1) }, toldNodesMax: 16 },
      ...{ nowMs: () => all.clock.nowMs, random: () => 0 },
    });
    const to = nodeOf((await receiverOf(all)).publicKey);
    const flood = ({ connection }: Awaited<ReturnType<typeof all.join>>): void => {
      const sender = all.joining.of(connection)!;
      for (let i = 0; i < 5; i++) {
        try {
          relay.relay(
            sender,
            Buffer.from(archive, 'base64url'),
            frameOf({ from: sender.node, to, isFlood: true }),
          );
        } catch (error) {
          expect(error).toMatchObject({ code: 'quota-exceeded' });
        }
      }
    };
    return { ...all, flood, carried: () => carried };
  }
  async function receiverOf({ join }: ReturnType<typeof archiveWith>): Promise<SigningKey> {
    const key = await makeNodeKey();
    await join(key);
    return key;
  }

  it('is no more when it joins and cancels over and over', async () => {
    const { join, flood, carried } = await flooding();
    const key = await makeNodeKey();
    for (let i = 0; i < 5; i++) {
      const joined = await join(key);
      flood(joined);
      joined.cancel();
      expect(await joined.ended).toBe('cancelled');
    }
    expect(carried()).toBe(rates.floodsPerMinute);
  });

  it('is no more when it joins on another connection while it is there on the one before', async () => {
    const { join, flood, carried } = await flooding();
    const key = await makeNodeKey();
    for (let i = 0; i < 3; i++) flood(await join(key));
    expect(carried()).toBe(rates.floodsPerMinute);
  });
});
