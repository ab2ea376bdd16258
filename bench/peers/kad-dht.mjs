/** libp2p's Kademlia over TCP with Noise and Yamux, values in a name space of their own. */
import { measure } from './measure.mjs';

// The one thing that its packages miss on Node 20, and why they have to be loaded after it.
Promise.withResolvers ??= function withResolvers() {
  let resolve, reject;
  const promise = new Promise((fulfil, fail) => ([resolve, reject] = [fulfil, fail]));
  return { promise, resolve, reject };
};
const { noise } = await import('@chainsafe/libp2p-noise');
const { yamux } = await import('@chainsafe/libp2p-yamux');
const { identify } = await import('@libp2p/identify');
const { kadDHT } = await import('@libp2p/kad-dht');
const { ping } = await import('@libp2p/ping');
const { tcp } = await import('@libp2p/tcp');
const { createLibp2p } = await import('libp2p');

let named = 0;

const newNode = () =>
  createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: '/bench/kad/1.0.0',
        clientMode: false,
        peerInfoMapper: (peer) => peer,
        validators: { bench: async () => undefined },
        selectors: { bench: () => 0 },
      }),
    },
  });

const until = async (reached) => {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 50));
};

await measure({
  async start(count) {
    const nodes = [await newNode()];
    const [address] = nodes[0].getMultiaddrs();
    while (nodes.length < count) {
      const node = await newNode();
      await node.dial(address);
      nodes.push(node);
    }
    for (const node of nodes) {
      await until(() => node.services.dht.routingTable.size > 0);
      await node.services.dht.refreshRoutingTable();
    }
    return nodes;
  },
  async put(node, value) {
    const key = Buffer.from(`/bench/${named++}`);
    for await (const event of node.services.dht.put(key, value)) void event;
    return key;
  },
  async get(node, key) {
    for await (const event of node.services.dht.get(key)) if (event.name === 'VALUE') return event.value;
    return undefined;
  },
  kill: (node) => node.stop(),
  stop: (nodes) => Promise.all(nodes.map((node) => node.stop())),
});
