/** Holepunch's DHT over UDP, immutable values; every node is one that others may ask. */
import DHT from 'hyperdht';

export const system = {
  async join(bootstrap) {
    const node = new DHT({
      ephemeral: false,
      firewalled: false,
      bootstrap: bootstrap === undefined ? [] : [bootstrap],
      host: '127.0.0.1',
    });
    await node.fullyBootstrapped();
    return node;
  },
  bootstrapOf: (node) => ({ host: '127.0.0.1', port: node.address().port }),
  settled: () => undefined,
  put: async (node, value) => (await node.immutablePut(value)).hash,
  get: async (node, hash) => (await node.immutableGet(Buffer.from(hash)))?.value,
};
