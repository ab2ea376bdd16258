/** What all clients of the demo do together: everybody does the same with other mails, chosen by chance. */
import { setTimeout } from 'node:timers/promises';
import { generatePrivateJwk, signingKeyFromJwk, signRecord, type HoldfastRecord } from '@holdfast/protocol';
import type { ClientProcess } from './client-process.js';

/** Longer than mailboxes wait to be announced again: this ends what hangs. */
const patienceMs = 420_000;
const lookEveryMs = 500;
/** With fewer each, those that share the most may stand apart from the others. */
const linksEnough = 3;

export interface Message {
  readonly to: ClientProcess;
  readonly text: string;
}

export interface Finds {
  readonly gets: number;
  readonly hits: number;
  readonly bySource: Record<string, number>;
}

export class Crowd {
  #mails: readonly HoldfastRecord[] = [];
  /** What each has read or published itself, by its place. */
  readonly #knows: Set<string>[];

  /** @param random from 0 up to 1 */
  constructor(
    private readonly members: readonly ClientProcess[],
    private readonly random: () => number,
    private readonly progress: (line: string) => void,
  ) {
    this.#knows = members.map(() => new Set());
  }

  /** Resolves when everybody has found others. */
  async join(): Promise<void> {
    await this.#until('in the overlay', async (member) => (await member.overlay()).isIn);
  }

  async publish(mails: readonly HoldfastRecord[]): Promise<void> {
    this.#mails = mails;
    await this.#all(async (member, place) => {
      for (let at = place; at < mails.length; at += this.members.length) {
        const { id, jws } = mails[at]!;
        await member.tell({ do: 'publish', record: jws });
        this.#knows[place]!.add(id);
      }
    });
  }

  async read(count: number): Promise<void> {
    await this.#all(async (member, place) => {
      for (const id of this.#unknownTo(place, count)) {
        await member.tell({ do: 'get', id });
        this.#knows[place]!.add(id);
      }
    });
  }

  /** After a message each way both have an address of the other that nobody else knows. */
  async becomeAcquainted(): Promise<void> {
    const greetings = await this.#send('Hello');
    await this.handedOver(greetings);
    const answers = await this.#send('Good day', -1);
    await this.handedOver(answers);
  }

  /** Resolves with how many ends of links are open when everybody has several, or when nothing comes of it. */
  async linked(): Promise<number> {
    const enough = Math.min(linksEnough, this.members.length - 1);
    const isLinked = async (member: ClientProcess): Promise<boolean> =>
      (await member.overlay()).links >= enough;
    await this.#until('linked', isLinked).catch(() => undefined);
    const standings = await this.#all((member) => member.overlay());
    return standings.reduce((sum, { links }) => sum + links, 0);
  }

  async find(count: number): Promise<Finds> {
    const found: Finds = { gets: 0, hits: 0, bySource: {} };
    const finds: { gets: number; hits: number; bySource: Record<string, number> } = { ...found };
    await this.#all(async (member, place) => {
      for (const id of this.#unknownTo(place, count)) {
        finds.gets++;
        const source = await member.tell({ do: 'find', id }).catch(() => undefined);
        if (typeof source !== 'string') continue;
        finds.hits++;
        finds.bySource[source] = (finds.bySource[source] ?? 0) + 1;
      }
      this.progress(`${finds.hits} of ${finds.gets} found`);
    });
    return finds;
  }

  /** One note by each, whose publication waits for an archive; answers their ids. */
  async publishNotes(): Promise<string[]> {
    const author = await signingKeyFromJwk(await generatePrivateJwk());
    return this.#all(async (member, place) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = { collection: 'notes', iat: now, body: `without an archive: ${place}` };
      const { id, jws } = await signRecord(payload, author, now);
      void member.tell({ do: 'publish', record: jws }).catch(() => undefined);
      return id;
    });
  }

  /** Each looks for the note of the one after next, which may be on its way yet. */
  async findNotes(notes: readonly string[]): Promise<number> {
    const since = performance.now();
    const sources = await this.#all(async (member, place) => {
      for (;;) {
        const id = notes[(place + 2) % notes.length]!;
        const source = await member.tell({ do: 'find', id }).catch(() => undefined);
        if (typeof source === 'string' || performance.now() - since > patienceMs) return source;
        await setTimeout(lookEveryMs);
      }
    });
    return sources.filter((source) => typeof source === 'string').length;
  }

  write(): Promise<Message[]> {
    return this.#send('No archive has this');
  }

  /** How many have been, when all have or nothing more comes. */
  async handedOver(messages: readonly Message[]): Promise<number> {
    const since = performance.now();
    for (;;) {
      const count = messages.filter(({ to, text }) => to.received.includes(text)).length;
      this.progress(`${count} of ${messages.length} messages handed over`);
      if (count === messages.length || performance.now() - since > patienceMs) return count;
      await setTimeout(lookEveryMs);
    }
  }

  async notHandedOverOnce(messages: readonly Message[]): Promise<number> {
    await this.handedOver(messages);
    return messages.filter(({ to, text }) => to.received.filter((each) => each === text).length !== 1).length;
  }

  /** @param step who is written to: the one so many places further */
  #send(words: string, step = 1): Promise<Message[]> {
    const { members } = this;
    return this.#all(async (member, place) => {
      const to = members[(place + step + members.length) % members.length]!;
      const text = `${words}, from ${place}`;
      await member.tell({ do: 'send', to: to.author, text });
      return { to, text };
    });
  }

  #unknownTo(place: number, count: number): string[] {
    const unknown = this.#mails.map(({ id }) => id).filter((id) => !this.#knows[place]!.has(id));
    while (unknown.length > count) unknown.splice(Math.floor(this.random() * unknown.length), 1);
    return unknown;
  }

  #all<Outcome>(act: (member: ClientProcess, place: number) => Promise<Outcome>): Promise<Outcome[]> {
    return Promise.all(this.members.map(act));
  }

  async #until(what: string, isSo: (member: ClientProcess) => Promise<boolean>): Promise<void> {
    const since = performance.now();
    for (;;) {
      const count = (await this.#all(isSo)).filter(Boolean).length;
      this.progress(`${count} of ${this.members.length} ${what}`);
      if (count === this.members.length) return;
      if (performance.now() - since > patienceMs) throw new Error(`Only ${count} clients are ${what}.`);
      await setTimeout(lookEveryMs);
    }
  }
}
