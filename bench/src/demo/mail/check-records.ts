/** Asks the archive for every record that it has promised to keep, one by one, as somebody who has kept nothing. */
import { createClient, memoryStorage } from '@holdfast/client';
import { HoldfastError } from '@holdfast/protocol';

const askingAtOnce = 32;

/** @returns how many are not there any more */
export async function countLost(url: string, ids: Iterable<string>): Promise<number> {
  const client = createClient({ archives: [url], storage: memoryStorage() });
  const left = ids[Symbol.iterator]();
  let lost = 0;
  const ask = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const found = await client.get(next.value).catch((error: unknown) => {
        if (error instanceof HoldfastError && error.code === 'record-not-found') return undefined;
        throw error;
      });
      if (found === undefined) lost++;
    }
  };
  try {
    await Promise.all(Array.from({ length: askingAtOnce }, ask));
    return lost;
  } finally {
    await client.close();
  }
}
