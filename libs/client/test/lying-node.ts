/**
 * A node that joins an archive's overlay and lies: whatever it is asked for, it answers with what a test gives it. Its frames
 * are as they should be, for what it says is what must not be believed.
 */
import { decodeMessage, encodeMessage, type Item, type Message } from '@holdfast/dht';
import {
  encodeBase64url,
  generatePrivateJwk,
  openFrame,
  parseRelayedFrame,
  ReplayWindow,
  sealFrame,
  signingKeyFromJwk,
  valueOf,
} from '@holdfast/protocol';
import { ticketFor } from './node-tickets.js';
import type { RelayArchive } from './relay-archive.js';
import type { Saying } from './scripted-archive.js';

export async function lyingNode(archive: RelayArchive, lie: () => readonly Item[]): Promise<void> {
  const key = await signingKeyFromJwk(await generatePrivateJwk());
  const own = await ticketFor(key, archive.nodesKey);
  const seen = new ReplayWindow();

  const answerTo = (message: Message): Message | undefined => {
    const { n } = message;
    if (message.kind === 'ping') return { kind: 'pong', n };
    if (message.kind === 'find') return { kind: 'found', n, contacts: [], items: lie() };
    if (message.kind === 'flood') return { kind: 'flooded', n, items: lie() };
    return message.kind === 'store' ? { kind: 'stored', n } : undefined;
  };
  const say = async (saying: Saying): Promise<void> => {
    if (!(saying instanceof Uint8Array)) return;
    const { frame } = valueOf(parseRelayedFrame(saying));
    const reader = { self: own.node, nowMs: Date.now(), ticketOf: () => undefined, seen };
    const opened = await openFrame(frame, reader);
    if (!opened.ok || opened.value.payload.length === 0) return;
    const message = answerTo(valueOf(decodeMessage(opened.value.payload)));
    if (message === undefined) return;
    const content = {
      isFlood: false,
      isObserver: false,
      // So that it comes with its ticket every time.
      wantsTicket: true,
      to: opened.value.sender.node,
      atMs: Date.now(),
      payload: encodeMessage(message),
    };
    const { node } = opened.value.sender;
    archive.push(encodeBase64url(node), await sealFrame(content, own, true, key));
  };
  archive.nodes.set(encodeBase64url(own.node), {
    n: 1,
    role: 'server',
    say: (saying) => void say(saying),
  });
}
