/** Writes to a file storage until it is killed, and prints a line for everything that it was told is on disk. */
import { fileStorage } from '@holdfast/client/node';

const [folder, name] = process.argv.slice(2);
const storage = await fileStorage(folder);
const filler = 'x'.repeat(20_000);

async function write(lane) {
  for (let i = 0; ; i++) {
    await storage.write([
      { key: `${name}/${lane}/a`, value: `${i}` },
      { key: `${name}/${lane}/b`, value: `${i}${filler}` },
    ]);
    await storage.update(['total'], ([total]) => [{ key: 'total', value: String(Number(total ?? 0) + 1) }]);
    // Where nobody reads for a while lines wait in this process, and would end with it.
    await new Promise((said) => process.stdout.write(`${lane} ${i}\n`, said));
  }
}

await Promise.all([0, 1, 2].map(write));
