/**
 * The process that holds half of a system's nodes and does with them what measure.mjs says. It knows nothing of being
 * killed: that is done to it from outside, the same for every system.
 *
 * A system offers `join(bootstrap)` -> node (the first one's bootstrap is undefined), `bootstrapOf(node)` -> what others
 * join by, `settled(node)` resolves when it is in, `put(node, value)` -> key, `get(node, key)` -> value or undefined,
 * asked of other nodes and not of the own memory.
 */
const { system } = await import(`./${process.argv[2]}.mjs`);
const nodes = new Map();

const acts = {
  async join({ index, bootstrap }) {
    const node = await system.join(bootstrap);
    nodes.set(index, node);
    return index === 0 ? system.bootstrapOf(node) : undefined;
  },
  settle: ({ index }) => system.settled(nodes.get(index)),
  put: ({ index, value }) => timed(() => system.put(nodes.get(index), Buffer.from(value))),
  get: ({ index, key }) => timed(() => system.get(nodes.get(index), key)),
};

async function timed(act) {
  const from = performance.now();
  const outcome = await act();
  return { outcome, tookMs: performance.now() - from };
}

process.on('message', async ({ n, act, ...rest }) => {
  try {
    process.send({ n, answer: await acts[act](rest) });
  } catch (error) {
    process.send({ n, failure: String(error?.message ?? error) });
  }
});
// The one that measures is gone: nobody would end this one.
process.on('disconnect', () => process.exit(0));
process.send({ n: 0 });
