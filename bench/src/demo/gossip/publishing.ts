/** Somebody who publishes at one archive only, and keeps at it while that archive is away. */
import { createClient, memoryStorage, type Client } from '@holdfast/client';
import type { HoldfastRecord } from '@holdfast/protocol';
import type { ArchiveProcess } from '@holdfast/testing';

const inFlight = 32;

export class Publishing {
  readonly #clients = new Map<ArchiveProcess, Client>();

  /**
   * Every record at an archive chosen at random; resolves when all of them have been acknowledged.
   * @param random from 0 up to 1
   * @param onStored called with how many are
   */
  async publish(
    records: readonly HoldfastRecord[],
    archives: readonly ArchiveProcess[],
    random: () => number,
    onStored: (count: number) => void,
  ): Promise<void> {
    const parts = archives.map((): HoldfastRecord[] => []);
    for (const record of records) parts[Math.floor(random() * parts.length)]!.push(record);
    let count = 0;
    const summaries = await Promise.all(
      parts.map((part, place) =>
        this.#clientOf(archives[place]!).publishMany(part, { inFlight, onProgress: () => onStored(++count) }),
      ),
    );
    const refusal = summaries.flatMap(({ refusals }) => refusals)[0];
    if (refusal !== undefined) throw new Error(`A record was refused: ${refusal.code} ${refusal.detail}`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #clientOf(archive: ArchiveProcess): Client {
    let client = this.#clients.get(archive);
    if (client === undefined) {
      client = createClient({ archives: [{ url: archive.url, id: archive.id }], storage: memoryStorage() });
      this.#clients.set(archive, client);
    }
    return client;
  }
}
