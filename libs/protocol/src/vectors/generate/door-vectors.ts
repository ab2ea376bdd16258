/** vectors/requests.json and vectors/filters.json: what the doors take. */
import { encodeBase64url } from '../../encoding/base64url.js';
import type { ErrorCode } from '../../errors/codes.js';
import { limits } from '../../limits.js';
import { alice, bob } from '../people.js';
import { piecesOf, type VectorCase } from '../vector-file.js';
import { pseudoRandom } from './raw-jws.js';

export async function requestVectors(): Promise<VectorCase[]> {
  const id = encodeBase64url(await pseudoRandom('id', 32));
  const signature = encodeBase64url(await pseudoRandom('signature', 64));
  const good = (frame: object): VectorCase => ({
    name: `${(frame as { op: string }).op} as it should be`,
    frame: piecesOf(JSON.stringify(frame)),
    expect: { ok: true, ...frame },
  });
  const bad = (name: string, frame: unknown, code: ErrorCode = 'request-malformed'): VectorCase => ({
    name,
    frame: piecesOf(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    expect: { ok: false, code },
  });
  const deposit = { op: 'deposit', n: 1, envelope: 'AAAA' };
  const receipts = { op: 'receipts', n: 1, epoch: 500_000, shard: '' };
  const get = { op: 'get', n: 1, id };
  const join = { op: 'join', n: 13, node: bob.x, role: 'server', proof: signature };
  return [
    good({ op: 'publish', n: 1, record: 'a.b.c' }),
    good(get),
    good({ op: 'query', n: 2 ** 32 - 1, filter: { author: alice.x, limit: 500, history: true } }),
    good({ op: 'follow', n: 2, filter: {}, cursor: 'c' }),
    good({ op: 'cancel', n: 3, target: 2 }),
    good({ op: 'deposit', n: 4, envelope: 'AAAA' }),
    {
      ...good({ op: 'deposit', n: 4, bring: urls(9), holders: urls(16).slice(9), envelope: 'AAAA' }),
      name: 'deposit with 16 archives',
    },
    {
      ...good({ op: 'deposit', n: 4, bring: [], holders: [], envelope: 'AAAA' }),
      name: 'deposit with no other archive',
    },
    {
      ...good({ op: 'deposit', n: 4, bring: urls(16).map(longest), envelope: 'A'.repeat(1_398_100) }),
      name: 'deposit as long as it may be, with the longest addresses',
      expect: { ok: true, op: 'deposit', n: 4 },
    },
    {
      ...good({ op: 'deposit', n: 4, envelope: 'A'.repeat(1_398_100) }),
      name: 'deposit as long as it may be',
      expect: { ok: true, op: 'deposit', n: 4 },
    },
    good({ op: 'collect', n: 5, mailbox: bob.x, signature }),
    good({ op: 'ack', n: 6, crate: id, secret: id }),
    good({ op: 'discard', n: 7, crate: id, signature }),
    good({ op: 'recall', n: 8, crate: id, secret: id }),
    good({ op: 'status', n: 9, crates: [id] }),
    good({ op: 'receipts', n: 10, epoch: 500_000, shard: 'c5' }),
    { ...good({ op: 'receipts', n: 10, shard: '' }), name: 'receipts of the present hour' },
    {
      ...good({ op: 'receipts', n: 10, epoch: 2 ** 32 - 1, shard: '0f9a' }),
      name: 'receipts of the last hour',
    },
    good(join),
    { ...good({ ...join, role: 'observer' }), name: 'join as an observer' },
    good({ op: 'nearby', n: 15, target: id }),
    bad('no frame', ''),
    bad('no JSON', 'get'),
    bad('an array', [get]),
    bad('null', 'null'),
    bad('thousands of brackets', '['.repeat(100_000)),
    bad('a frame of a long list', `{"op":"status","n":1,"crates":[${'0,'.repeat(70_000)}0]}`),
    bad('a frame of many members', `{"op":"steal","n":1${',"a":0'.repeat(30_000)}}`),
    bad('a long frame of one text that is no envelope', `{"op":"steal","n":1,"a":"${'a'.repeat(140_000)}"}`),
    bad(
      'a long envelope and an unknown op',
      `{"op":"steal","n":1,"envelope":"${'A'.repeat(140_000)}"}`,
      'op-unknown',
    ),
    bad(
      'a long envelope beside a long list',
      `{"op":"deposit","n":1,"bring":[${'0,'.repeat(70_000)}0],"envelope":"AAAA"}`,
    ),
    bad(
      'a long envelope with an escape',
      `{"op":"deposit","n":1,"envelope":"\\u0041${'A'.repeat(140_000)}"}`,
    ),
    bad('an unknown op', { ...get, op: 'steal' }, 'op-unknown'),
    bad('an op of the prototype', { ...get, op: 'constructor' }, 'op-unknown'),
    bad('op __proto__', { ...get, op: '__proto__' }, 'op-unknown'),
    bad('op missing', { n: 1 }, 'op-unknown'),
    bad('op a number', { ...get, op: 1 }, 'op-unknown'),
    bad('op of an answer', { ...get, op: 'published' }, 'op-unknown'),
    bad('n missing', { op: 'get', id }),
    bad('n 0', { ...get, n: 0 }),
    bad('n negative', { ...get, n: -1 }),
    bad('n with a fraction', { ...get, n: 1.5 }),
    bad('n a text', { ...get, n: '1' }),
    bad('n beyond four bytes', { ...get, n: 2 ** 32 }),
    bad('n beyond what binary64 counts', JSON.stringify(get).replace('"n":1', '"n":9007199254740993')),
    bad('an unknown member', { ...get, via: 'dht' }),
    bad('an id of a wrong length', { ...get, id: id.slice(1) }),
    bad('an id with padding', { ...get, id: `${id}=` }),
    bad('a filter missing', { op: 'query', n: 1 }, 'filter-invalid'),
    bad('an unknown member of a filter', { op: 'query', n: 1, filter: { id } }, 'filter-invalid'),
    bad('a limit of 0', { op: 'query', n: 1, filter: { limit: 0 } }, 'filter-invalid'),
    bad('a limit of 501', { op: 'query', n: 1, filter: { limit: 501 } }, 'filter-invalid'),
    bad('a limit on a follow', { op: 'follow', n: 1, filter: { limit: 5 } }, 'filter-invalid'),
    bad('words on a follow', { op: 'follow', n: 1, filter: { q: 'kelp' } }, 'filter-invalid'),
    bad(
      'an author of small order',
      { op: 'query', n: 1, filter: { author: 'A'.repeat(43) } },
      'filter-invalid',
    ),
    bad('an empty cursor', { op: 'follow', n: 1, filter: {}, cursor: '' }),
    bad('a cursor too long', {
      op: 'follow',
      n: 1,
      filter: {},
      cursor: 'c'.repeat(limits.cursorLengthMax + 1),
    }),
    bad('an envelope that is no base64url', { op: 'deposit', n: 1, envelope: 'AAAA=' }),
    bad('an envelope too long', { op: 'deposit', n: 1, envelope: 'A'.repeat(1_398_104) }),
    bad('17 archives to bring to', { ...deposit, bring: urls(17) }),
    bad('17 holders', { ...deposit, holders: urls(17) }),
    bad('17 archives together', { ...deposit, bring: urls(9), holders: urls(17).slice(9) }),
    bad('an archive twice', { ...deposit, bring: ['https://a.example', 'https://a.example'] }),
    bad('an archive in both lists', { ...deposit, bring: urls(1), holders: urls(1) }),
    bad('an archive that is no URL', { ...deposit, bring: ['a.example'] }),
    bad('an archive with a password', { ...deposit, holders: ['https://user:secret@a.example'] }),
    bad('an archive at a file', { ...deposit, bring: ['file:///etc/passwd'] }),
    bad('an archive with an address too long', { ...deposit, bring: [`${longest('https://a.example')}a`] }),
    bad('an archive that is null', { ...deposit, bring: [null] }),
    bad('archives a text', { ...deposit, holders: 'https://a.example' }),
    bad('a shard of five digits', { ...receipts, shard: '00000' }),
    bad('a shard of capitals', { ...receipts, shard: 'C5' }),
    bad('a shard that is no hexadecimal', { ...receipts, shard: 'x' }),
    bad('a shard with a line break', { ...receipts, shard: 'c5\n' }),
    bad('a shard that is a number', { ...receipts, shard: 5 }),
    bad('a shard missing', { op: 'receipts', n: 1, epoch: 1 }),
    bad('an epoch before 1970', { ...receipts, epoch: -1 }),
    bad('an epoch with a fraction', { ...receipts, epoch: 0.5 }),
    bad('an epoch that no envelope has', { ...receipts, epoch: 2 ** 32 }),
    bad('an epoch that is a text', { ...receipts, epoch: '500000' }),
    bad('an epoch that is null', { ...receipts, epoch: null }),
    bad('a mailbox of small order', { op: 'collect', n: 1, mailbox: 'A'.repeat(43), signature }),
    bad('a signature of a wrong length', { op: 'collect', n: 1, mailbox: bob.x, signature: id }),
    bad('a secret of a wrong length', { op: 'ack', n: 1, crate: id, secret: signature }),
    bad('a join of a node key of small order', { ...join, node: 'A'.repeat(43) }),
    bad('a join of a role that is none', { ...join, role: 'archive' }),
    bad('a join without a role', { ...join, role: undefined }),
    bad('a join without a proof', { ...join, proof: undefined }),
    bad('a join with a proof of a wrong length', { ...join, proof: id }),
    bad('a join that names an archive', { ...join, archive: alice.x }),
    bad('a frame for another node as text', relayAsText(id), 'op-unknown'),
    bad('a long frame for another node as text', relayAsText(id, 'A'.repeat(140_000))),
    bad('a nearby without a target', { op: 'nearby', n: 15 }),
    bad('a nearby of a target of 31 bytes', { op: 'nearby', n: 15, target: id.slice(1) }),
    bad('no crates', { op: 'status', n: 1, crates: [] }),
    bad('501 crates', { op: 'status', n: 1, crates: Array.from({ length: 501 }, () => id) }),
  ];
}

/** What is relayed is binary. */
const relayAsText = (node: string, frame = 'A'.repeat(183)) => ({
  op: 'relay',
  n: 1,
  to: { node, archive: alice.x },
  frame,
});

const urls = (count: number): string[] => Array.from({ length: count }, (_, i) => `https://${i}.example`);

/** An address of as many characters as it may have. */
const longest = (url: string): string => `${url}/`.padEnd(limits.urlLengthMax, 'a');

export function filterVectors(): VectorCase[] {
  const good = (query: string, filter: object): VectorCase => ({
    name: query,
    query,
    expect: { ok: true, ...filter },
  });
  const bad = (query: string): VectorCase => ({
    name: `refused: ${query.slice(0, 60)}`,
    query,
    expect: { ok: false, code: 'filter-invalid' },
  });
  return [
    good('', {}),
    good(`author=${alice.x}&collection=notes&limit=500`, {
      author: alice.x,
      collection: 'notes',
      limit: 500,
    }),
    good('key=a%20b&topic=kelp&history=true', { key: 'a b', topic: 'kelp', history: true }),
    good('since=0&until=1800000000&history=false', { since: 0, until: 1_800_000_000, history: false }),
    good('q=kelp+-sand&cursor=abc', { q: 'kelp -sand', cursor: 'abc' }),
    bad('colour=red'),
    bad('__proto__=a'),
    bad('constructor=a'),
    bad('limit=0'),
    bad('limit=501'),
    bad('limit=-1'),
    bad('limit=1e2'),
    bad('limit=0x10'),
    bad('limit='),
    bad('limit=5&limit=5'),
    bad('since=-1'),
    bad('since=1.5'),
    bad('since=yesterday'),
    bad('until=1800000000000'),
    bad('history=1'),
    bad('history'),
    bad('author=alice'),
    bad(`author=${alice.x}%3D`),
    bad(`author=${'A'.repeat(43)}`),
    bad('collection=Notes'),
    bad(`collection=${'c'.repeat(65)}`),
    bad('key='),
    bad('key=a%00b'),
    bad('topic=a%0Ab'),
    bad(`q=${'k'.repeat(257)}`),
    bad('q='),
    bad('q=a%00b'),
    bad(`cursor=${'c'.repeat(129)}`),
  ];
}
