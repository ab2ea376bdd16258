/** Further cases of vectors/opening.json, and vectors/marks.json: what fellows say and bring to each other. */
import { encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes } from '../../encoding/bytes.js';
import { limits } from '../../limits.js';
import { markOf } from '../../sealing/message.js';
import { alice, bob, bobsMailbox, carolsMailbox } from '../people.js';
import { bytesOfHex, type VectorCase } from '../vector-file.js';
import { messageContent } from './raw-crate.js';
import { pseudoRandom } from './raw-jws.js';
import { messageOpened, messageRefused } from './sealing-vectors.js';

export async function conversationVectors(): Promise<VectorCase[]> {
  const good = await messageContent();
  const [bobs, carols] = [await bobsMailbox(), await carolsMailbox()];
  const { text: _, ...untold } = good;
  const marks = await numbered(limits.marksMax + 1, 'mark', 12);
  const have = { mailbox: carols.signing.x, since: good.iat, marks: marks.slice(0, 2) };
  const recipients = await identities(limits.recipientsMax + 1);
  const reply = { mailbox: carols.signing.x, device: bobs.signing.x };
  const card = {
    ...reply,
    proof: 'A'.repeat(86),
    suite: 1,
    kem: 'AAAA',
    archives: ['https://archive.example'],
  };
  const elsewhere = { ...good, to: carols.signing.x, recipients: [bob.x] };
  const notice = (members: object) => ({ ...untold, notice: { have: { ...have, ...members } } });
  return [
    await messageOpened('a message to several', { ...good, recipients: [bob.x, alice.x] }),
    await messageOpened('a message to 64', { ...good, recipients: recipients.slice(1) }),
    await messageOpened('a message with a pairwise address', { ...good, recipients: [bob.x], reply: card }),
    await messageOpened('a pairwise address whose other members nobody has read yet', {
      ...good,
      recipients: [bob.x],
      reply: { ...reply, suite: 7, archives: 'none' },
    }),
    await messageOpened('a notice of what somebody has', notice({})),
    await messageOpened('a notice of somebody who has nothing', notice({ marks: [] })),
    await messageOpened('a notice that answers', notice({ answer: true })),
    await messageOpened('a notice that says that it does not answer', notice({ answer: false })),
    await messageOpened('a notice of nothing', { ...untold, notice: {} }),
    await messageOpened('a notice with as many marks as may be', notice({ marks: marks.slice(1) })),
    await messageOpened('a notice with a pairwise address', { ...notice({}), reply: card }),
    await messageOpened('brought by a fellow, to one whom it names', elsewhere, { owner: bob.x }),
    await messageOpened(
      'to the mailbox itself, whatever it names',
      { ...good, recipients: [alice.x] },
      { owner: bob.x },
    ),
    await messageRefused('brought by a fellow, where nobody says who owns the mailbox', elsewhere),
    await messageRefused('brought by a fellow, to somebody whom it does not name', elsewhere, {
      owner: alice.x,
    }),
    await messageRefused(
      'to another mailbox, and naming nobody',
      { ...good, to: carols.signing.x },
      { owner: bob.x },
    ),
    await messageRefused(
      'brought by a fellow, to a mailbox that it names instead of an identity',
      { ...elsewhere, recipients: [bobs.signing.x] },
      { owner: bob.x },
    ),
    await messageRefused(
      'brought by a fellow, "to" no mailbox',
      { ...elsewhere, to: 'nobody' },
      { owner: bob.x },
    ),
    await messageRefused(
      'brought by a fellow, without "to"',
      { ...elsewhere, to: undefined },
      { owner: bob.x },
    ),
    await messageRefused(
      'brought by a fellow, "to" of small order',
      { ...elsewhere, to: 'A'.repeat(43) },
      { owner: bob.x },
    ),
    await messageRefused('text and notice', { ...good, notice: {} }),
    await messageRefused('neither text nor notice', untold),
    await messageRefused('no recipients', { ...good, recipients: [] }),
    await messageRefused('65 recipients', { ...good, recipients }),
    await messageRefused('a recipient twice', { ...good, recipients: [bob.x, bob.x] }),
    await messageRefused('a recipient of small order', { ...good, recipients: ['A'.repeat(43)] }),
    await messageRefused('a recipient that is null', { ...good, recipients: [null] }),
    await messageRefused('recipients a text', { ...good, recipients: bob.x }, { owner: bob.x }),
    await messageRefused('recipients null', { ...good, recipients: null }, { owner: bob.x }),
    await messageRefused('a pairwise address in a message to several', {
      ...good,
      recipients: [bob.x, alice.x],
      reply: card,
    }),
    await messageRefused('a pairwise address in a message that does not say for whom it is', {
      ...good,
      reply: card,
    }),
    await messageRefused('a pairwise address without a mailbox', {
      ...good,
      recipients: [bob.x],
      reply: { ...card, mailbox: undefined },
    }),
    await messageRefused('a pairwise address without a device', {
      ...good,
      recipients: [bob.x],
      reply: { ...card, device: undefined },
    }),
    await messageRefused('a pairwise address that is a text', {
      ...good,
      recipients: [bob.x],
      reply: carols.signing.x,
    }),
    await messageRefused('a pairwise address that is a list', {
      ...good,
      recipients: [bob.x],
      reply: [card],
    }),
    await messageRefused('a pairwise address that is nested too deep', {
      ...good,
      recipients: [bob.x],
      reply: { ...card, archives: [[['https://archive.example']]] },
    }),
    await messageRefused('a notice that is null', { ...untold, notice: null }),
    await messageRefused('a notice that is a list', { ...untold, notice: [] }),
    await messageRefused('a notice with an unknown member', { ...untold, notice: { want: have } }),
    await messageRefused('have null', { ...untold, notice: { have: null } }),
    await messageRefused('have with an unknown member', notice({ until: good.iat })),
    await messageRefused('have without a mailbox', notice({ mailbox: undefined })),
    await messageRefused('have with a mailbox that is none', notice({ mailbox: 'A'.repeat(43) })),
    await messageRefused('have without since', notice({ since: undefined })),
    await messageRefused('have since a fraction', notice({ since: 1.5 })),
    await messageRefused('have without marks', notice({ marks: undefined })),
    await messageRefused('have with a mark of a wrong length', notice({ marks: [good.id] })),
    await messageRefused('have with a mark twice', notice({ marks: [marks[0], marks[0]] })),
    await messageRefused('have with a mark that is a number', notice({ marks: [7] })),
    await messageRefused('have with more marks than may be', notice({ marks })),
    await messageRefused('have with answer a text', notice({ answer: 'true' })),
  ];
}

export async function markVectors(): Promise<VectorCase[]> {
  const { id } = await messageContent();
  const other = encodeBase64url(await pseudoRandom('another message id', 16));
  const good = async (name: string, sender: string, message: string): Promise<VectorCase> => ({
    name,
    sender,
    id: message,
    expect: { ok: true, mark: await markOf(sender, message) },
  });
  const bad = (name: string, sender: string, message: string): VectorCase => ({
    name,
    sender,
    id: message,
    expect: { ok: false, code: 'key-invalid' },
  });
  return [
    await good('a message', alice.x, id),
    await good('another message', alice.x, other),
    await good('the same id from somebody else', bob.x, id),
    bad('an id of a wrong length', alice.x, alice.x),
    bad('no id', alice.x, ''),
    bad('an id with padding', alice.x, `${id}==`),
    bad('a sender of a wrong length', id, id),
    bad('no sender', '', id),
  ];
}

const numbered = (count: number, label: string, length: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) =>
      encodeBase64url(await pseudoRandom(`${label} ${i}`, length)),
    ),
  );

/** What RFC 8410 puts before the seed of a private key. */
const pkcs8Head = bytesOfHex('302e020100300506032b657004220420');

/** So many public keys. */
const identities = (count: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const encoded = concatBytes(pkcs8Head, await pseudoRandom(`identity ${i}`, 32));
      const key = await crypto.subtle.importKey('pkcs8', encoded, 'Ed25519', true, ['sign']);
      return (await crypto.subtle.exportKey('jwk', key)).x!;
    }),
  );
