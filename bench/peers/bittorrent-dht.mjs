/** BEP 5 and 44, immutable values of at most 1,000 bytes. */
import DHT from 'bittorrent-dht';
import { measure } from './measure.mjs';

const listening = (dht) =>
  new Promise((resolve) => {
    dht.listen(0, '127.0.0.1', () => resolve(dht));
  });

await measure({
  async start(count) {
    const first = await listening(new DHT({ bootstrap: false, host: '127.0.0.1' }));
    const nodes = [first];
    const bootstrap = [`127.0.0.1:${first.address().port}`];
    while (nodes.length < count) {
      const node = await listening(new DHT({ bootstrap, host: '127.0.0.1' }));
      await new Promise((resolve) => node.once('ready', resolve));
      nodes.push(node);
    }
    return nodes;
  },
  put: (node, v) =>
    new Promise((resolve, reject) => {
      node.put({ v }, (error, hash) => (error ? reject(error) : resolve(hash)));
    }),
  get: (node, hash) =>
    new Promise((resolve, reject) => {
      node.get(hash, { cache: false }, (error, found) => (error ? reject(error) : resolve(found?.v)));
    }),
  kill: (node) => new Promise((resolve) => node.destroy(resolve)),
  stop: (nodes) => Promise.all(nodes.map((node) => new Promise((resolve) => node.destroy(resolve)))),
});
