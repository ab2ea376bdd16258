/** The stage of the demo: a throw-away archive with a PostgreSQL of its own, and people whose stores are folders. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@holdfast/client';
import { fileStorage } from '@holdfast/client/node';
import { generatePrivateJwk, type PrivateJwk } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';

export interface Person {
  readonly jwk: PrivateJwk;
  readonly author: string;
  /** Opens the person's store, which stays when the client is closed. */
  connect(): Promise<Client>;
}

export interface Stage {
  readonly archive: ArchiveProcess;
  newPerson(): Promise<Person>;
  clear(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const archive = await bootArchive({ postgres: 'embedded' }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const connected = new Set<Client>();
  const clear = async () => {
    await Promise.allSettled([...connected].map((client) => client.close()));
    await archive.destroy();
    await rm(folder, { recursive: true, force: true });
  };
  // Neither the archive nor its data outlives a demo that is broken off.
  process.once('SIGINT', () => void clear().finally(() => process.exit(130)));
  return {
    archive,
    async newPerson() {
      const jwk = await generatePrivateJwk();
      const store = await mkdtemp(join(folder, 'person-'));
      const connect = async () => {
        const client = createClient({
          archives: [archive.url],
          identity: jwk,
          storage: await fileStorage(store),
        });
        connected.add(client);
        return client;
      };
      return { jwk, author: jwk.x, connect };
    },
    clear,
  };
}
