/**
 * vectors/relayed-frames.json: binary messages between clients and archives; and vectors/node-news.json: what archives
 * say to each other about nodes on the links of peers.
 */
import { encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes } from '../../encoding/bytes.js';
import { limits } from '../../limits.js';
import { alice } from '../people.js';
import { piecesOf, type VectorCase } from '../vector-file.js';
import { pseudoRandom } from './raw-jws.js';

const text = encodeBase64url;
const refusal = { ok: false, code: 'request-malformed' } as const;

export async function relayedFrameVectors(): Promise<VectorCase[]> {
  const archive = await pseudoRandom('archive', 32);
  const frame = await pseudoRandom('frame', limits.nodeFrameBytesMin);
  const messageOf = (n: readonly number[], content: Uint8Array, kind = 1): Uint8Array =>
    concatBytes(Uint8Array.of(kind, ...n), archive, content);
  const one = [0, 0, 0, 1];
  const good = (name: string, message: Uint8Array, expect: object): VectorCase => ({
    name,
    message: piecesOf(text(message)),
    expect: { ok: true, archive: text(archive), ...expect },
  });
  const bad = (name: string, message: Uint8Array): VectorCase => ({
    name,
    message: piecesOf(text(message)),
    expect: refusal,
  });
  const message = messageOf(one, frame);
  const padded = (bytes: number): Uint8Array => concatBytes(frame, new Uint8Array(bytes - frame.length));
  return [
    good('a frame', message, { n: 1, frame: text(frame) }),
    good('a frame under the greatest number', messageOf([255, 255, 255, 255], frame), { n: 2 ** 32 - 1 }),
    good('a frame under a number of every byte', messageOf([1, 2, 3, 4], frame), { n: 16_909_060 }),
    good('a frame as long as it may be', messageOf(one, padded(limits.nodeFrameBytesMax)), { n: 1 }),
    good('a frame of zeros', messageOf(one, new Uint8Array(137)), { n: 1, frame: text(new Uint8Array(137)) }),
    bad('nothing', new Uint8Array(0)),
    bad('the kind alone', message.subarray(0, 1)),
    bad('a number cut short', message.subarray(0, 4)),
    bad('a number alone', message.subarray(0, 5)),
    bad('an archive cut short', message.subarray(0, 36)),
    bad('no frame', message.subarray(0, 37)),
    bad('a frame of 136 bytes', message.subarray(0, -1)),
    bad('a frame of 164,118 bytes', messageOf(one, padded(limits.nodeFrameBytesMax + 1))),
    bad('kind 0', messageOf(one, frame, 0)),
    bad('kind 2', messageOf(one, frame, 2)),
    bad('kind 255', messageOf(one, frame, 255)),
    bad('number 0', messageOf([0, 0, 0, 0], frame)),
    bad('the frame alone', concatBytes(Uint8Array.of(0), frame)),
    bad('text', new TextEncoder().encode('{"op":"cancel","n":1,"target":1}')),
  ];
}

export async function nodeNewsVectors(): Promise<VectorCase[]> {
  const [node, other] = [text(await pseudoRandom('node', 32)), text(await pseudoRandom('other node', 32))];
  const good = (name: string, frame: object): VectorCase => ({
    name,
    frame: piecesOf(JSON.stringify(frame)),
    expect: { ok: true, ...frame },
  });
  const bad = (name: string, frame: unknown): VectorCase => ({
    name,
    frame: piecesOf(JSON.stringify(frame)),
    expect: refusal,
  });
  const gone = { op: 'gone', to: node, node: other };
  const nodes = (count: number) => ({ op: 'nodes', nodes: Array.from({ length: count }, () => node) });
  return [
    good('a node that was not there', gone),
    good('16 servers', nodes(16)),
    good('no servers', nodes(0)),
    bad('null', null),
    bad('a list', [gone]),
    bad('no op', { ...gone, op: undefined }),
    bad('another op', { ...gone, op: 'join' }),
    bad('an op of the prototype', { ...gone, op: 'constructor' }),
    bad('a frame as text', { op: 'relay', to: node, frame: 'A'.repeat(183) }),
    bad('gone with a number', { ...gone, n: 1 }),
    bad('gone to nobody', { ...gone, to: undefined }),
    bad('gone to a node of 31 bytes', { ...gone, to: node.slice(1) }),
    bad('gone is nobody', { ...gone, node: undefined }),
    bad('gone is a list', { ...gone, node: [other] }),
    bad('gone with an archive', { ...gone, archive: alice.x }),
    bad('17 servers', nodes(17)),
    bad('servers missing', { op: 'nodes' }),
    bad('a server that is a contact', { op: 'nodes', nodes: [{ node, archive: alice.x }] }),
    bad('a server that is null', { op: 'nodes', nodes: [null] }),
  ];
}
