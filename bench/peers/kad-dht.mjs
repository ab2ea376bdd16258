/** libp2p's Kademlia over TCP with Noise and Yamux, values in a name space of their own. */
import { createHash } from 'node:crypto';

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
const { multiaddr } = await import('@multiformats/multiaddr');

const newNode = () =>
  createLibp2p({
    // All of them are at one address.
    connectionManager: { inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 1_000 },
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

export const system = {
  async join(bootstrap) {
    const node = await newNode();
    if (bootstrap !== undefined) await node.dial(multiaddr(bootstrap));
    return node;
  },
  bootstrapOf: (node) => node.getMultiaddrs()[0].toString(),
  async settled(node) {
    await until(() => node.services.dht.routingTable.size > 0);
    await node.services.dht.refreshRoutingTable();
  },
  async put(node, value) {
    const key = Buffer.from(`/bench/${createHash('sha256').update(value).digest('hex')}`);
    for await (const event of node.services.dht.put(key, value)) void event;
    return key;
  },
  /** What the node itself holds is the first of what it compares, after it has asked others all the same. */
  async get(node, key) {
    for await (const event of node.services.dht.get(key)) if (event.name === 'VALUE') return event.value;
    return undefined;
  },
};
