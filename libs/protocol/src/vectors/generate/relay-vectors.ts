/** vectors/relayed-frames.json: what archives say to each other about nodes on the links of peers. */
import { encodeBase64url } from '../../encoding/base64url.js';
import { limits } from '../../limits.js';
import { alice } from '../people.js';
import { piecesOf, type VectorCase } from '../vector-file.js';
import { pseudoRandom } from './raw-jws.js';

export async function relayedVectors(): Promise<VectorCase[]> {
  const [node, other] = [
    encodeBase64url(await pseudoRandom('node', 32)),
    encodeBase64url(await pseudoRandom('other node', 32)),
  ];
  const good = (name: string, frame: object): VectorCase => ({
    name,
    frame: piecesOf(JSON.stringify(frame)),
    expect: { ok: true, ...frame },
  });
  const bad = (name: string, frame: unknown): VectorCase => ({
    name,
    frame: piecesOf(JSON.stringify(frame)),
    expect: { ok: false, code: 'request-malformed' },
  });
  const longest = Math.ceil((limits.nodeFrameBytesMax * 4) / 3);
  const relay = { op: 'relay', to: node, frame: 'A'.repeat(183) };
  const gone = { op: 'gone', to: node, node: other };
  const nodes = (count: number) => ({ op: 'nodes', nodes: Array.from({ length: count }, () => node) });
  return [
    good('a frame for a node', relay),
    {
      ...good('a frame as long as it may be', { ...relay, frame: 'A'.repeat(longest) }),
      expect: { ok: true },
    },
    good('a node that was not there', gone),
    good('16 servers', nodes(16)),
    good('no servers', nodes(0)),
    bad('null', null),
    bad('a list', [relay]),
    bad('no op', { ...relay, op: undefined }),
    bad('another op', { ...relay, op: 'join' }),
    bad('an op of the prototype', { ...relay, op: 'constructor' }),
    bad('a frame with a number', { ...relay, n: 1 }),
    bad('a frame for nobody', { ...relay, to: undefined }),
    bad('a frame for a contact', { ...relay, to: { node, archive: alice.x } }),
    bad('a frame for a node of 31 bytes', { ...relay, to: node.slice(1) }),
    bad('a frame that says who it is from', { ...relay, from: other }),
    bad('no frame', { ...relay, frame: undefined }),
    bad('a frame of 136 bytes', { ...relay, frame: 'A'.repeat(182) }),
    bad('a frame too long', { ...relay, frame: 'A'.repeat(longest + 1) }),
    bad('a frame that is no base64url', { ...relay, frame: `${'A'.repeat(183)}+` }),
    bad('gone to nobody', { ...gone, to: undefined }),
    bad('gone is nobody', { ...gone, node: undefined }),
    bad('gone is a list', { ...gone, node: [other] }),
    bad('gone with an archive', { ...gone, archive: alice.x }),
    bad('17 servers', nodes(17)),
    bad('servers missing', { op: 'nodes' }),
    bad('a server that is a contact', { op: 'nodes', nodes: [{ node, archive: alice.x }] }),
    bad('a server that is null', { op: 'nodes', nodes: [null] }),
  ];
}
