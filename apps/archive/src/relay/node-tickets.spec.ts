import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeBase64url, generatePrivateJwk, verifyTicket, type PrivateJwk } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { NodeTickets, type NodeTicket } from './node-tickets.js';

const { nodeEpochSeconds, nodeEpochOverlapSeconds } = archiveLimits;
const now = 1_800_000_000;

let jwk: PrivateJwk;
let archive: ArchiveIdentity;
let tickets: NodeTickets;
let key: string;
beforeAll(async () => {
  jwk = await generatePrivateJwk();
  archive = await ArchiveIdentity.of(jwk);
  tickets = new NodeTickets(archive);
  key = (await generatePrivateJwk()).x;
});

const verified = ({ ticket }: NodeTicket, at: number, by = archive) =>
  verifyTicket(decodeBase64url(ticket)!, by.id, at);

describe('a ticket', () => {
  it('is the archive’s word for the key and the id, until it expires', async () => {
    const ticket = await tickets.issue(key, now * 1000);
    const found = await verified(ticket, now);
    expect(found).toMatchObject({ ok: true, value: { archive: archive.id, expiry: ticket.expiry } });
    if (!found.ok) return;
    expect(Buffer.from(found.value.nodeKey).toString('base64url')).toBe(key);
    expect(Buffer.from(found.value.node).toString('base64url')).toBe(ticket.node);
    expect(await verified(ticket, ticket.expiry + 3_600)).toMatchObject({ code: 'ticket-invalid' });
  });

  it('gives a key one id as long as its epoch lasts, whoever of the archive’s processes is asked', async () => {
    const first = await tickets.issue(key, now * 1000);
    const other = new NodeTickets(await ArchiveIdentity.of(jwk));
    const last = first.expiry - nodeEpochOverlapSeconds - 1;
    for (const at of [now, last]) expect(await other.issue(key, at * 1000)).toEqual(first);
    const next = await tickets.issue(key, (last + 1) * 1000);
    expect(next.node).not.toBe(first.node);
    expect(next.expiry).toBe(first.expiry + nodeEpochSeconds);
  });

  it('is good for an hour at least, and for a day and an hour at most', async () => {
    for (let hour = 0; hour < 48; hour++) {
      const at = now + hour * 3_600;
      const { expiry } = await tickets.issue(key, at * 1000);
      expect(expiry - at).toBeGreaterThan(nodeEpochOverlapSeconds);
      expect(expiry - at).toBeLessThanOrEqual(nodeEpochSeconds + nodeEpochOverlapSeconds);
    }
  });

  it('gives each key another id, and one key another id at each archive', async () => {
    const elsewhere = new NodeTickets(await ArchiveIdentity.of(await generatePrivateJwk()));
    const nodes = [
      await tickets.issue(key, now * 1000),
      await tickets.issue((await generatePrivateJwk()).x, now * 1000),
      await elsewhere.issue(key, now * 1000),
    ].map(({ node }) => node);
    expect(new Set(nodes).size).toBe(3);
  });

  it('of different keys does not expire at one time', async () => {
    const expiries = new Set<number>();
    for (let i = 0; i < 8; i++) {
      expiries.add((await tickets.issue((await generatePrivateJwk()).x, now * 1000)).expiry);
    }
    expect(expiries.size).toBeGreaterThan(1);
  });
});
