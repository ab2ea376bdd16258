import { afterEach, describe, expect, it } from '@jest/globals';
import { readCard, type MailboxCard } from '@holdfast/protocol';
import { Coast, lasting } from '../../../test/coast.js';
import type { ScriptedArchive } from '../../../test/scripted-archive.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** The cards that an archive holds, in the order in which they came. */
async function cardsAt(archive: ScriptedArchive): Promise<MailboxCard[]> {
  const cards = await Promise.all(archive.log.map((record) => readCard(record)));
  return cards.flatMap((card) => (card.ok ? [card.value] : []));
}

describe('the card of a mailbox', () => {
  it('names the archives and their ids', async () => {
    const [one, two] = coast.archives(2);
    const { client } = await coast.client([one, two]);
    await client.openMailbox();
    const [card] = await cardsAt(one);
    expect(card).toMatchObject({ archives: [one.url, two.url], ids: [one.id, two.id] });
  });

  it('leaves out the id of an archive that nobody has met, and has it once it was met', async () => {
    const [one, two] = coast.archives(2);
    two.isDown = true;
    const { client } = await coast.client([one, two]);
    await client.openMailbox();
    expect((await cardsAt(one)).at(-1)).toMatchObject({ ids: [one.id, null] });
    two.isDown = false;
    const inbox = client.inbox(() => undefined);
    await coast.until(() => two.log.length > 0);
    expect((await cardsAt(two)).at(-1)).toMatchObject({ ids: [one.id, two.id] });
    await client.close();
    await inbox;
  });

  it('has a new key after seven days of watching, and crates that were sealed to the old one still open', async () => {
    const [one] = coast.archives(1);
    const clock = coast.clock();
    const { client: bob, author } = await coast.client([one], { clock });
    await bob.openMailbox();
    const { client: alice } = await coast.client([one], { clock });
    // It knows the card of before, and is told of no other for a while.
    await alice.send({ to: author, text: 'one' });
    const texts: string[] = [];
    const inbox = bob.inbox(({ text }) => void texts.push(text));
    await coast.until(() => texts.length === 1);
    clock.jump({ days: 7 });
    await coast.until(() => one.log.length === 2);
    const [before, after] = await cardsAt(one);
    expect(after).toMatchObject({ mailbox: before!.mailbox });
    expect(after!.kem).not.toBe(before!.kem);

    const [withOldCard] = one.log.splice(1);
    await alice.send({ to: author, text: 'two' });
    await coast.until(() => texts.length === 2);
    one.log.push(withOldCard!);
    clock.jump({ hours: 1 });
    await alice.send({ to: author, text: 'three' });
    await coast.until(() => texts.length === 3);
    expect(texts).toEqual(['one', 'two', 'three']);
    await bob.close();
    await inbox;
  });

  it('has a new key at the next start, and the old one is destroyed 31 days later', async () => {
    const [one] = coast.archives(1);
    const clock = coast.clock();
    const storage = lasting();
    const { client, author } = await coast.client([one], { clock, storage, kemRotationDays: 2 });
    await client.openMailbox();
    clock.jump({ days: 2 });
    await client.inbox(() => undefined, { watch: false });
    await coast.until(() => one.log.length === 2);
    clock.jump({ days: 31 });
    await client.inbox(() => undefined, { watch: false });
    const [first, second] = await cardsAt(one);
    const kept = await storage.get(`mailbox/${author}`);
    expect(kept).toContain(second!.kem);
    expect(kept).not.toContain(first!.kem);
  });
});
