/** Three archives with a database of their own each, and people whose stores are folders and who know all three. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@holdfast/client';
import { fileStorage } from '@holdfast/client/node';
import { generatePrivateJwk } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess, type BootOptions } from '@holdfast/testing';

const archiveCount = 3;
/** Every crate is on two archives, so that the loss of one must not matter and the loss of two would. */
const copies = 2;

export interface Person {
  readonly author: string;
  /** Opens the person's store, which stays when the client is closed. */
  connect(): Promise<Client>;
}

export interface World {
  readonly archives: readonly ArchiveProcess[];
  /** @param turn where in the list of archives this person's preferences begin */
  newPerson(turn: number): Promise<Person>;
  clear(): Promise<void>;
}

export async function createWorld(postgres: NonNullable<BootOptions['postgres']>): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-crates-'));
  const archives: ArchiveProcess[] = [];
  const clients = new Set<Client>();
  const clear = async (): Promise<void> => {
    await Promise.allSettled([...clients].map((client) => client.close()));
    await Promise.allSettled(archives.map((archive) => archive.destroy()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const booting = Array.from({ length: archiveCount }, () => bootArchive({ postgres }));
    for (const boot of await Promise.allSettled(booting)) {
      if (boot.status === 'fulfilled') archives.push(boot.value);
    }
    await Promise.all(booting);
  } catch (error) {
    await clear();
    throw error;
  }
  return {
    archives,
    async newPerson(turn) {
      const identity = await generatePrivateJwk();
      const store = await mkdtemp(join(folder, 'person-'));
      const preferred = archives.map((_, place) => archives[(place + turn) % archives.length]!);
      const connect = async (): Promise<Client> => {
        const client = createClient({
          archives: preferred.map(({ url, id }) => ({ url, id })),
          identity,
          storage: await fileStorage(store),
          copies,
          holders: copies,
        });
        clients.add(client);
        return client;
      };
      return { author: identity.x, connect };
    },
    clear,
  };
}
