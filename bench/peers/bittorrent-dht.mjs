/** BEP 5 and 44 over UDP, immutable values of at most 1,000 bytes. */
import DHT from 'bittorrent-dht';

export const system = {
  join: (bootstrap) =>
    new Promise((resolve, reject) => {
      const node = new DHT({ bootstrap: bootstrap === undefined ? false : [bootstrap], host: '127.0.0.1' });
      node.once('error', reject);
      node.listen(0, '127.0.0.1', () =>
        node.ready ? resolve(node) : node.once('ready', () => resolve(node)),
      );
    }),
  bootstrapOf: (node) => `127.0.0.1:${node.address().port}`,
  settled: () => undefined,
  put: (node, v) =>
    new Promise((resolve, reject) => {
      node.put({ v }, (error, hash) => (error ? reject(error) : resolve(hash)));
    }),
  get: (node, hash) =>
    new Promise((resolve, reject) => {
      node.get(hash, { cache: false }, (error, found) => (error ? reject(error) : resolve(found?.v)));
    }),
};
