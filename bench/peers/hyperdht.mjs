/** Holepunch's DHT over UDP, immutable values. */
import createTestnet from 'hyperdht/testnet.js';
import { measure } from './measure.mjs';

await measure({
  start: async (count) => (await createTestnet(count, { host: '127.0.0.1' })).nodes,
  put: async (node, value) => (await node.immutablePut(value)).hash,
  get: async (node, hash) => (await node.immutableGet(hash))?.value,
  kill: (node) => node.destroy({ force: true }),
  stop: (nodes) => Promise.all(nodes.map((node) => node.destroy({ force: true }))),
});
