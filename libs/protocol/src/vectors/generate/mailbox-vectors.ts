/** vectors/receipts.json, vectors/proofs.json and vectors/cards.json: who may do what with a mailbox and its crates. */
import { ackHashOf, recallHashOf } from '../../crates/secrets.js';
import { encodeBase64url } from '../../encoding/base64url.js';
import { concatBytes } from '../../encoding/bytes.js';
import type { ErrorCode } from '../../errors/codes.js';
import { signingKeyFromJwk, type PrivateJwk } from '../../keys/ed25519.js';
import { cardText, collectText, discardText } from '../../mailboxes/proofs.js';
import { joinText } from '../../nodes/ticket.js';
import { alice, bob, bobsMailbox, carolsMailbox } from '../people.js';
import { hexOf, piecesOf, type VectorCase } from '../vector-file.js';
import { randomParts } from './raw-crate.js';
import { pseudoRandom, signRaw } from './raw-jws.js';
import { header, now } from './record-vectors.js';

export async function receiptVectors(): Promise<VectorCase[]> {
  const mailbox = (await bobsMailbox()).signing.x;
  const { nonce, ackSecret, recallSecret } = await randomParts();
  const ack = {
    purpose: 'ack',
    mailbox,
    nonce,
    hash: await ackHashOf(mailbox, nonce, ackSecret),
    secret: ackSecret,
  };
  const recall = {
    purpose: 'recall',
    mailbox,
    nonce,
    hash: await recallHashOf(mailbox, nonce, recallSecret),
    secret: recallSecret,
  };
  const one = (name: string, crate: typeof ack, more: Partial<typeof ack> = {}, ok = false): VectorCase => {
    const { purpose, ...members } = { ...crate, ...more };
    const code: ErrorCode = purpose === 'ack' ? 'receipt-invalid' : 'recall-invalid';
    const texts = Object.entries(members).map(([member, value]) => [
      member,
      typeof value === 'string' ? value : encodeBase64url(value),
    ]);
    return { name, purpose, ...Object.fromEntries(texts), expect: ok ? { ok } : { ok, code } } as VectorCase;
  };
  return [
    one('a receipt', ack, {}, true),
    one('a recall', recall, {}, true),
    one('another secret', ack, { secret: await pseudoRandom('another secret', 32) }),
    one('the hash itself for a secret', ack, { secret: ack.hash }),
    one("another crate's nonce", ack, { nonce: await pseudoRandom('another nonce', 32) }),
    one("another mailbox's crate", ack, { mailbox: (await carolsMailbox()).signing.x }),
    one('the recall secret for a receipt', ack, { secret: recallSecret }),
    one('a recall shown as a receipt', recall, { purpose: 'ack' }),
    one('a receipt shown as a recall', ack, { purpose: 'recall' }),
    one('the receipt for a recall', recall, { secret: ackSecret }),
    one('another secret for a recall', recall, { secret: await pseudoRandom('another secret', 32) }),
    one('31 bytes', ack, { secret: ackSecret.slice(1) }),
    one('33 bytes', ack, { secret: concatBytes(ackSecret, Uint8Array.of(0)) }),
    one('no secret', ack, { secret: new Uint8Array(0) }),
    one('zeros for a hash of zeros', ack, { hash: new Uint8Array(32), secret: new Uint8Array(32) }),
  ];
}

export async function proofVectors(): Promise<VectorCase[]> {
  const mailbox = (await bobsMailbox()).signing;
  const [archive, challenge, crate] = [
    alice.x,
    encodeBase64url(await pseudoRandom('challenge', 32)),
    encodeBase64url(await pseudoRandom('crate', 32)),
  ];
  const texts = {
    collect: collectText(archive, challenge, mailbox.x),
    discard: discardText(crate),
    card: cardText(bob.x),
    join: joinText(archive, challenge),
  };
  const parts = {
    collect: [archive, challenge, mailbox.x],
    discard: [crate],
    card: [bob.x],
    join: [archive, challenge],
  };
  const one = async (
    name: string,
    purpose: keyof typeof texts,
    signed: Uint8Array,
    ok = false,
    signer: PrivateJwk = mailbox,
  ): Promise<VectorCase> => ({
    name,
    purpose,
    parts: parts[purpose],
    publicKey: mailbox.x,
    signature: await signatureOf(signed, signer),
    expect: ok ? { ok, text: hexOf(texts[purpose]) } : { ok },
  });
  return [
    await one('a mailbox is collected', 'collect', texts.collect, true),
    await one('a crate is discarded', 'discard', texts.discard, true),
    await one('a mailbox stands on a card', 'card', texts.card, true),
    await one('a collection at another archive', 'collect', collectText(bob.x, challenge, mailbox.x)),
    await one('a collection on another connection', 'collect', collectText(archive, crate, mailbox.x)),
    await one('a collection of another mailbox', 'collect', collectText(archive, challenge, bob.x)),
    await one('a collection signed by somebody else', 'collect', texts.collect, false, bob),
    await one('a discard signed for another crate', 'discard', discardText(challenge)),
    await one('a discard signed by somebody else', 'discard', texts.discard, false, bob),
    await one('a card proof shown as a discard', 'discard', texts.card),
    await one('a discard shown as a card proof', 'card', discardText(bob.x)),
    await one("another identity's card", 'card', cardText(alice.x)),
    await one('a node joins', 'join', texts.join, true),
    await one('a node that joined at another archive', 'join', joinText(bob.x, challenge)),
    await one('a node that joined on another connection', 'join', joinText(archive, crate)),
    await one('archive and challenge of a join the other way round', 'join', joinText(challenge, archive)),
    await one('a join signed by somebody else', 'join', texts.join, false, bob),
    await one('a collection shown as a join', 'join', texts.collect),
  ];
}

export async function cardVectors(): Promise<VectorCase[]> {
  const mailbox = await bobsMailbox();
  const kem = mailbox.kem[0]!.publicKey;
  const proof = await signatureOf(cardText(bob.x), mailbox.signing);
  const body = { mailbox: mailbox.signing.x, proof, suite: 1, kem, archives: ['https://archive.example'] };
  const card = { collection: 'keys', key: mailbox.signing.x, iat: now, body };
  const record = async (name: string, payload: object, expect: VectorCase['expect'], author = bob) => ({
    name,
    record: piecesOf(await signRaw({ ...header, kid: author.x }, payload, author)),
    now,
    expect,
  });
  const good = (name: string, members: CardMembers): Promise<VectorCase> => {
    const archives = members.archives ?? body.archives;
    return record(
      name,
      { ...card, body: { ...body, ...members } },
      {
        ok: true,
        author: bob.x,
        mailbox: mailbox.signing.x,
        suite: 1,
        kem,
        archives,
        ids: members.ids ?? archives.map(() => null),
        iat: now,
      },
    );
  };
  const bad = (name: string, members: object): Promise<VectorCase> =>
    record(name, { ...card, body: { ...body, ...members } }, { ok: false, code: 'card-invalid' });
  const badArchive = (url: string): Promise<VectorCase> => bad(`the archive "${url}"`, { archives: [url] });
  const badCard = (name: string, payload: object, author = bob): Promise<VectorCase> =>
    record(name, payload, { ok: false, code: 'card-invalid' }, author);
  return [
    await good('a card', {}),
    await good('several archives', {
      archives: ['http://127.0.0.1:7070', 'https://[2001:db8::1]/', 'https://archive.example/holdfast'],
    }),
    await good('addresses that differ in their texts alone, and a path with escapes', {
      archives: ['https://archive.example', 'https://archive.example/', 'https://archive.example/a%2Fb//c'],
    }),
    await good('the last port', { archives: ['https://archive.example:65535'] }),
    await good("an archive's id", { ids: [alice.x] }),
    await good('an archive whose id is not known', { ids: [null] }),
    await good('two addresses of one archive', {
      archives: ['https://archive.example', 'https://[2001:db8::1]'],
      ids: [alice.x, alice.x],
    }),
    await good('a member that a later version may know', { name: 'home' }),
    await badCard("Bob's mailbox on Alice's card", card, alice),
    await badCard('in another collection', { ...card, collection: 'notes' }),
    await badCard('under another key', { ...card, key: 'home' }),
    await badCard('without a key', { ...card, key: undefined }),
    await badCard('a body that is a text', { ...card, body: 'hello' }),
    await badCard('a body that is null', { ...card, body: null }),
    await badCard('a body that is a list', { ...card, body: [body] }),
    await bad('suite 2', { suite: 2 }),
    await bad('no suite', { suite: undefined }),
    await bad('suite a text', { suite: '1' }),
    await bad('no proof', { proof: undefined }),
    await bad('a proof by the identity instead of the mailbox', {
      proof: await signatureOf(cardText(bob.x), bob),
    }),
    await bad('a proof of another purpose', {
      proof: await signatureOf(discardText(bob.x), mailbox.signing),
    }),
    await bad('a proof with padding', { proof: `${proof}==` }),
    await bad('no kem key', { kem: undefined }),
    await bad('a kem key of a wrong length', { kem: kem.slice(4) }),
    await bad('no archives', { archives: [] }),
    await bad('archives a text', { archives: 'https://archive.example' }),
    await bad('an archive twice', { archives: ['https://archive.example', 'https://archive.example'] }),
    await bad('17 archives', { archives: Array.from({ length: 17 }, (_, i) => `https://${i}.example`) }),
    await bad('no ids', { ids: [] }),
    await bad('more ids than archives', { ids: [alice.x, null] }),
    await bad('fewer ids than archives', {
      archives: ['https://archive.example', 'https://[2001:db8::1]'],
      ids: [alice.x],
    }),
    await bad('ids a text', { ids: alice.x }),
    await bad('ids null', { ids: null }),
    await bad('an id of small order', { ids: ['A'.repeat(43)] }),
    await bad('an id with padding', { ids: [`${alice.x}=`] }),
    await bad('an id that is a number', { ids: [0] }),
    await badArchive('ftp://archive.example'),
    await badArchive('javascript:alert(1)'),
    await badArchive('https://user:secret@archive.example'),
    await badArchive('https://archive.example/?a=b'),
    await badArchive('https://archive.example/#a'),
    await badArchive('https://archive.example:70707'),
    await badArchive('https://archive.example:'),
    await badArchive('https://archive.example:7a'),
    await badArchive('https://archive.example:65536'),
    await badArchive('HTTPS://archive.example'),
    await badArchive('https:/archive.example'),
    await badArchive('https://archive.example/a%2'),
    await badArchive('https://archive.example/a%zz'),
    await badArchive('https://archive.example/a\\b'),
    await badArchive('https://archive.example\n'),
    await badArchive('https://[2001:db8::1'),
    await badArchive('https://[archive.example]'),
    await badArchive('https://1.2.3.256'),
    await badArchive('https://archive_1.example'),
    await badArchive('https://archiv ü.example'),
    await badArchive('archive.example'),
    await badArchive(''),
  ];
}

/** What may differ in a good card. */
interface CardMembers {
  readonly archives?: readonly string[];
  readonly ids?: readonly (string | null)[];
  /** Of a later version. */
  readonly name?: string;
}

async function signatureOf(text: Uint8Array, signer: PrivateJwk): Promise<string> {
  return encodeBase64url(await (await signingKeyFromJwk(signer)).sign(text));
}
