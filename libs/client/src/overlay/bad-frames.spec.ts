import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeMessage, encodePacket, Key, recordPlace, type Message } from '@holdfast/dht';
import { decodeBase64url, encodeRelayedFrame, generatePrivateJwk, limits } from '@holdfast/protocol';
import { Coast, idOf } from '../../test/coast.js';
import { HostileNode, type FrameTwist } from '../../test/hostile-node.js';
import { MemoryLinks } from '../../test/memory-links.js';
import { ticketFor } from '../../test/node-tickets.js';
import type { RelayArchive } from '../../test/relay-archive.js';
import { serving, shoal } from '../../test/shoal.js';
import { statusWhen } from '../../test/status-when.js';
import type { Client } from '../client.js';

const coast = new Coast();
/** What waits when a test has ended waits no longer. */
const test = { isOver: false };
afterEach(() => {
  test.isOver = true;
  return coast.leaveAll();
});

interface Scene {
  readonly archive: RelayArchive;
  readonly client: Client;
  readonly node: string;
  readonly problems: readonly unknown[];
  readonly hostile: HostileNode;
}

async function scene(): Promise<Scene> {
  test.isOver = false;
  const [archive] = coast.archives(1);
  const { client, problems } = await coast.client([archive], { ...serving, patienceMs: 5_000 });
  const { node } = await statusWhen(
    client,
    (status) => status.node !== undefined && status.role === 'server',
  );
  const hostile = await HostileNode.join(archive);
  return { archive, client, node: node!, problems, hostile };
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!test.isOver && !(await condition())) await setTimeout(5);
};

const dropped = async (client: Client): Promise<number> => (await client.overlay()).framesDropped;

const ping = (n: number) => ({ kind: 'ping', n }) as const;

const key = new Key(new Uint8Array(32).fill(5));
const flood: Message = {
  kind: 'flood',
  n: 1,
  flood: key,
  question: { place: recordPlace(key.text) },
  budget: 2,
  depth: 1,
};

/** Nothing that came before has been answered, and the client goes on. */
async function onlyAnswers({ hostile, node }: Scene, n: number): Promise<void> {
  await hostile.say(node, ping(n));
  await until(() => hostile.answered.includes(n));
  expect(hostile.answered).toEqual([n]);
}

describe('a frame is dropped and counted, and not answered,', () => {
  const twists: Record<string, (scene: Scene) => FrameTwist | Promise<FrameTwist>> = {
    'that is stale': () => ({ atMs: Date.now() - 10 * 60_000 }),
    'that is of the future': () => ({ atMs: Date.now() + 10 * 60_000 }),
    'that is for another node': () => ({ to: idOf(7) }),
    'that is no message': () => ({ payload: Uint8Array.of(1, 2, 3) }),
    'of the class of floods that is none': () => ({ isFlood: true }),
    'of the class of messages that is a flood': () => ({ payload: encodeMessage(flood) }),
    'whose ticket has expired': async ({ archive, hostile }) => ({
      ticket: await ticketFor(hostile.key, archive.nodesKey, {
        issuedSeconds: Math.floor(Date.now() / 1000) - 2 * 86_400,
      }),
    }),
    'whose ticket is good for longer than a day': async ({ archive, hostile }) => ({
      ticket: await ticketFor(hostile.key, archive.nodesKey, {
        issuedSeconds: Math.floor(Date.now() / 1000) + 2 * 86_400,
      }),
    }),
    'whose ticket another key has signed than the archive’s': async ({ hostile }) => ({
      // Of the same node but for the signature: the id does not give it away.
      ticket: {
        ...hostile.ticket,
        bytes: (await ticketFor(hostile.key, await generatePrivateJwk())).bytes,
      },
    }),
    'whose ticket is another node’s': async ({ archive }) => ({
      ticket: (await HostileNode.join(archive)).ticket,
    }),
    'that says to be from a node whose ticket it does not bring': async ({ archive, hostile }) => ({
      ticket: { ...hostile.ticket, node: (await HostileNode.join(archive)).ticket.node },
    }),
  };

  it.each(Object.keys(twists))('%s', async (name) => {
    const all = await scene();
    const { client, node, hostile, problems } = all;
    const twist = await twists[name]!(all);
    const before = await dropped(client);
    await hostile.say(node, ping(1), twist);
    await until(async () => (await dropped(client)) > before);
    await onlyAnswers(all, 2);
    expect(problems).toEqual([]);
  });

  it('that comes again', async () => {
    const { archive, client, node, hostile } = await scene();
    const frame = await hostile.say(node, ping(1));
    await until(() => hostile.answered.includes(1));
    const before = await dropped(client);
    for (let i = 0; i < 10; i++) archive.push(node, frame);
    await until(async () => (await dropped(client)) >= before + 10);
    await hostile.say(node, ping(2));
    await until(() => hostile.answered.includes(2));
    expect(hostile.answered).toEqual([1, 2]);
  });

  it('of several copies that come at once all but one', async () => {
    const all = await scene();
    const { archive, client, node, hostile } = all;
    const frame = await hostile.frame(node, ping(1));
    const before = await dropped(client);
    for (let i = 0; i < 3; i++) archive.push(node, frame);
    await until(async () => (await dropped(client)) >= before + 2);
    await until(() => hostile.answered.includes(1));
    await hostile.say(node, ping(2));
    await until(() => hostile.answered.includes(2));
    expect(hostile.answered).toEqual([1, 2]);
  });

  it('unless the relay alone is wrong about the archive of its sender: its ticket says which it is', async () => {
    const { archive, node, hostile } = await scene();
    archive.push(node, await hostile.frame(node, ping(1)), idOf(9));
    await until(() => hostile.answered.length === 1);
    expect(hostile.answered).toEqual([1]);
  });

  it('before it is read when the binary message is none that a relay sends', async () => {
    const { archive, client, node, hostile, problems } = await scene();
    const { n, say } = archive.nodes.get(node)!;
    const frame = await hostile.frame(node, ping(1));
    const message = encodeRelayedFrame({ n, archive: decodeBase64url(archive.id)!, frame });
    const before = await dropped(client);
    for (const length of [0, 1, 4, 5, 36, 37, 173]) say(message.slice(0, length));
    say(message.with(0, 2));
    // Of no request that is open.
    say(message.with(1, 255));
    await hostile.say(node, ping(2));
    await until(() => hostile.answered.includes(2));
    expect(hostile.answered).toEqual([2]);
    expect(await dropped(client)).toBe(before);
    expect(problems).toEqual([]);
  });
});

describe('a contact', () => {
  it('that sends what is no message is left, and nobody else', async () => {
    const { client, node, hostile, archive } = await scene();
    const before = await dropped(client);
    for (let i = 1; i <= 6; i++) {
      await hostile.say(node, ping(i), { payload: Uint8Array.of(1, 2, i) });
      await until(async () => (await dropped(client)) >= before + i);
    }
    const other = await HostileNode.join(archive);
    await hostile.say(node, ping(7));
    await other.say(node, ping(8));
    await until(() => other.answered.includes(8));
    // What an answer takes: the other one has been answered twice by then.
    await other.say(node, ping(9));
    await until(() => other.answered.includes(9));
    expect(hostile.answered).toEqual([]);
  });

  it('is gone when its own archive is said to have no way to it, and not when another one is', async () => {
    test.isOver = false;
    const [archive] = coast.archives(1);
    const [alice, bob] = await shoal(coast, archive, 2);
    const [alices, bobs] = await Promise.all([alice!, bob!].map(({ client }) => client.overlay()));
    const alone: unknown[] = [];
    alice!.client.on('overlay', ({ whyNot }) => whyNot === 'alone' && alone.push(whyNot));
    const { n, say } = archive.nodes.get(alices!.node!)!;
    say({ op: 'gone', n, node: bobs!.node!, archive: idOf(9) });
    const before = await dropped(alice!.client);
    // What came before it has been dealt with when this has been.
    archive.push(alices!.node!, new Uint8Array(limits.nodeFrameBytesMin));
    await until(async () => (await dropped(alice!.client)) > before);
    expect(alone).toEqual([]);
    say({ op: 'gone', n, node: bobs!.node!, archive: archive.id });
    await until(() => alone.length > 0);
    expect(alone).toEqual(['alone']);
  });

  it('that is left has no direct link any more', async () => {
    const [archive] = coast.archives(1);
    const links = new MemoryLinks();
    const [alice, bob] = await shoal(coast, archive, 2, { peerLinks: links.make });
    links.linkAll();
    for (const { client } of [alice!, bob!]) await statusWhen(client, (status) => status.links === 1);
    const [alices, bobs] = await Promise.all([alice!, bob!].map(({ client }) => client.overlay()));
    const payload = Uint8Array.of(1, 2, 3);
    const rubbish = encodePacket({ kind: 'message', messageClass: 0, flags: 0, payload });
    for (let i = 0; i < 6; i++) links.bring(bobs!.node!, alices!.node!, rubbish);
    await statusWhen(alice!.client, (status) => status.links === 0);
  });
});
