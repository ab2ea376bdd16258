/** Clients of Holdfast, all at one archive, which relays and is never asked for a record. */
import { createClient, memoryStorage } from '@holdfast/client';
import { generatePrivateJwk, signingKeyFromJwk, signRecord } from '@holdfast/protocol';

const archive = process.env.BENCH_ARCHIVE;
const author = await signingKeyFromJwk(await generatePrivateJwk());

const joined = async (client) => {
  for (;;) {
    const changed = new Promise((resolve) => client.on('overlay', resolve));
    const { isIn, role } = await client.overlay();
    if (isIn && role === 'server') return;
    await Promise.race([changed, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
};

export const system = {
  async join(bootstrap) {
    const client = createClient({
      archives: [archive],
      identity: await generatePrivateJwk(),
      storage: memoryStorage(),
      overlay: 'server',
      overlayServesAfterMs: 0,
      directLinks: 'off',
    });
    // The first has nobody yet.
    if (bootstrap !== undefined) await joined(client);
    return client;
  },
  bootstrapOf: () => archive,
  settled: joined,
  /** Published beside it; what is measured is until the closest nodes of all rings hold it. */
  async put(client, value) {
    const now = Math.floor(Date.now() / 1000);
    const { id, jws } = await signRecord(
      { collection: 'values', iat: now, body: value.toString() },
      author,
      now,
    );
    await client.publishSigned(jws);
    await client.pin(id);
    return id;
  },
  /** Neither the own memory nor the archive is asked. */
  async get(client, id) {
    const { record } = await client.get(id, { via: ['dht', 'flood'] });
    return Buffer.from(record.body);
  },
};
