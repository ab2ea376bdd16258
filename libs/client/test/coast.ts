/**
 * The set-up of the specs that need no real archive: scripted archives, the people on the network that they make up,
 * and waiting for something to happen among them without a clock.
 */
import { generateKeyPairSync } from 'node:crypto';
import {
  encodeBase64url,
  generatePrivateJwk,
  signingKeyFromJwk,
  signRecord,
  type HoldfastRecord,
  type PrivateJwk,
  type RecordPayload,
  type SigningKey,
} from '@holdfast/protocol';
import {
  createClient,
  memoryStorage,
  type Client,
  type ClientOptions,
  type Problem,
  type Storage,
} from '../src/index.js';
import { RelayArchive } from './relay-archive.js';
import { JumpingClock } from './jumping-clock.js';
import { ScriptedArchive } from './scripted-archive.js';

interface Archives {
  1: [RelayArchive];
  2: [RelayArchive, RelayArchive];
  3: [RelayArchive, RelayArchive, RelayArchive];
}

export interface Visitor {
  readonly client: Client;
  readonly author: string;
  /** Everything that went wrong in the background. */
  readonly problems: Problem[];
}

export class Coast {
  readonly #archives: RelayArchive[] = [];
  readonly #clients: Client[] = [];
  readonly #watchers = new Set<() => void>();

  /** So many new archives. */
  archives<Count extends keyof Archives>(count: Count): Archives[Count] {
    const made = Array.from({ length: count }, () => {
      const key = newKey();
      return this.archive(key.x, `http://archive-${this.#archives.length}.test`, key);
    });
    return made as Archives[Count];
  }

  /** One of a certain id and address; of two at one address the later one answers. */
  archive(id: string, url: string, key = newKey()): RelayArchive {
    const archive = new RelayArchive(key, url, id);
    archive.happened = this.#happened;
    archive.relayPeers = () => this.#archives;
    this.#archives.unshift(archive);
    return archive;
  }

  /** A clock that everybody goes by who is given it, and so do all archives that are here. */
  clock(): JumpingClock {
    const clock = new JumpingClock();
    for (const archive of this.#archives) archive.now = () => clock.now();
    return clock;
  }

  /** Somebody new, or who comes back with their storage and identity. */
  async client(archives: readonly ScriptedArchive[], options: Partial<ClientOptions> = {}): Promise<Visitor> {
    const client = createClient({
      archives: archives.map(({ url }) => url),
      identity: await generatePrivateJwk(),
      storage: memoryStorage(),
      openSocket: ScriptedArchive.network(...this.#archives),
      patienceMs: 300,
      ...options,
    });
    const problems: Problem[] = [];
    client.on('problem', (problem) => {
      problems.push(problem);
      this.#happened();
    });
    for (const event of ['connection', 'status', 'overlay'] as const) client.on(event, this.#happened);
    this.#clients.push(client);
    return { client, author: client.author!, problems };
  }

  /** Somebody whose mailbox is at these archives, and who is away. */
  async mailboxAt(...archives: readonly RelayArchive[]): Promise<string> {
    const { client, author } = await this.client(archives);
    await client.openMailbox();
    await client.close();
    return author;
  }

  /** Resolves when the condition holds: looked at whenever an archive hears or says something, or a client tells of something. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#watchers.delete(look);
          resolve();
        };
        this.#watchers.add(look);
      });
    }
  }

  async leaveAll(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    this.#archives.length = 0;
  }

  readonly #happened = (): void => {
    for (const look of this.#watchers) look();
  };
}

/** The key of an archive, made at once. */
const newKey = (): PrivateJwk =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as PrivateJwk;

/** 32 bytes in base64url: an id of an archive or a record that nobody has. */
export const idOf = (fill: number): string => encodeBase64url(new Uint8Array(32).fill(fill));

/** A storage that outlives its clients. */
export const lasting = (): Storage => Object.assign(memoryStorage(), { close: () => Promise.resolve() });

/** Somebody who signs records without a client. */
export const newAuthor = async (): Promise<SigningKey> => signingKeyFromJwk(await generatePrivateJwk());

/** A record with a number for a body, so that what a test has seen can be compared. */
export function numbered(
  by: SigningKey,
  n: number,
  more: Partial<RecordPayload> = {},
): Promise<HoldfastRecord> {
  const now = Math.floor(Date.now() / 1000);
  return signRecord({ collection: 'numbers', body: n, iat: now, ...more }, by, now);
}
