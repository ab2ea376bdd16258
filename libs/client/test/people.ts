/** The people of the end-to-end tests: clients of one archive, each with an identity and a storage of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePrivateJwk, type PrivateJwk } from '@holdfast/protocol';
import { generateKemKeys } from '@holdfast/protocol/sealing';
import { createClient, memoryStorage, type Client, type ClientOptions, type Problem } from '../src/index.js';
import { fileStorage } from '../src/node.js';
import { put } from '../src/storage/storage.js';

/** Somebody whose storage outlives their clients, as a home folder does. */
export interface Person {
  readonly identity: PrivateJwk;
  readonly author: string;
  /** Everything that went wrong in the background of their clients. */
  readonly problems: Problem[];
  /** A client on the storage; ended with the others by `leaveAll`. */
  arrive(options?: Partial<ClientOptions>): Promise<Client>;
  /** Puts another key in the place of the one that their mailbox's crates are sealed to. */
  loseKemKey(): Promise<void>;
  /** The keys of the storage under a prefix, seen as another process sees them. */
  stored(prefix: string): Promise<readonly string[]>;
}

export class People {
  readonly #clients: Client[] = [];
  readonly #folders: string[] = [];

  constructor(private readonly archives: () => readonly string[]) {}

  async person(): Promise<Person> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
    this.#folders.push(folder);
    const identity = await generatePrivateJwk();
    const problems: Problem[] = [];
    return {
      identity,
      author: identity.x,
      problems,
      arrive: async (options) => {
        const storage = await fileStorage(folder);
        return this.#client({ archives: this.archives(), identity, storage, ...options }, problems);
      },
      loseKemKey: async () => {
        const storage = await fileStorage(folder);
        const kem = await generateKemKeys();
        const place = `mailbox/${identity.x}`;
        const { signing } = JSON.parse((await storage.get(place))!) as { signing: PrivateJwk };
        await storage.write([put(place, JSON.stringify({ signing, kem }))]);
        await storage.close();
      },
      stored: async (prefix) => {
        const storage = await fileStorage(folder);
        const entries = await storage.list(prefix);
        await storage.close();
        return entries.map(({ key }) => key);
      },
    };
  }

  /** Somebody who is there once and keeps nothing. */
  async visitor(options?: Partial<ClientOptions>): Promise<Client> {
    const identity = await generatePrivateJwk();
    return this.#client({ archives: this.archives(), identity, storage: memoryStorage(), ...options }, []);
  }

  async leaveAll(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    for (const folder of this.#folders.splice(0)) await rm(folder, { recursive: true });
  }

  #client(options: ClientOptions, problems: Problem[]): Client {
    const client = createClient(options);
    client.on('problem', (problem) => problems.push(problem));
    this.#clients.push(client);
    return client;
  }
}

/** Resolves when the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
