/**
 * The same exercise for every system: values are put by random nodes, got by other random ones, then half of the nodes
 * are killed at once and the rest get the values again. One JSON object goes to stdout. Plain Node, because the systems
 * that Holdfast is compared with are installed for this alone (bench/src/dht).
 *
 * A system offers: `start(count)` -> nodes, `put(node, value)` -> key, `get(node, key)` -> value or undefined,
 * `kill(node)` without a goodbye where it can, `stop(nodes)`.
 */
const nodesCount = Number(process.env.BENCH_NODES ?? 50);
const valuesCount = Number(process.env.BENCH_VALUES ?? 100);
const getsCount = Number(process.env.BENCH_GETS ?? 200);
const concurrency = 4;
const getMsMax = 30_000;

export async function measure(system) {
  const random = seeded(1);
  const begun = performance.now();
  const nodes = await system.start(nodesCount);
  const startMs = performance.now() - begun;
  const puts = [];
  const keys = [];
  await inTurns(valuesCount, async (index) => {
    const by = Math.floor(random() * nodes.length);
    const value = Buffer.from(`${index} ${'x'.repeat(500)}`);
    const from = performance.now();
    keys[index] = { key: await system.put(nodes[by], value), by, value };
    puts.push(performance.now() - from);
  });
  const before = await gets(system, nodes, keys, random);
  const dying = new Set(
    nodes
      .map((_, index) => index)
      .sort(() => random() - 0.5)
      .slice(0, nodes.length / 2),
  );
  await Promise.all([...dying].map((index) => system.kill(nodes[index])));
  const left = nodes.map((node, index) => (dying.has(index) ? undefined : node));
  const after = await gets(system, left, keys, random);
  console.log(
    JSON.stringify({ nodes: nodesCount, startMs, put: spread(puts), get: before, getAfterHalfDied: after }),
  );
  await Promise.race([system.stop(left.filter((node) => node !== undefined)), later(5_000)]);
  process.exit(0);
}

async function gets(system, nodes, keys, random) {
  const took = [];
  let found = 0;
  await inTurns(getsCount, async () => {
    const { key, by, value } = keys[Math.floor(random() * keys.length)];
    let asking;
    do asking = Math.floor(random() * nodes.length);
    while (nodes[asking] === undefined || asking === by);
    const from = performance.now();
    const got = await Promise.race([system.get(nodes[asking], key).catch(() => undefined), later(getMsMax)]);
    took.push(performance.now() - from);
    if (got !== undefined && Buffer.compare(Buffer.from(got), value) === 0) found++;
  });
  return { ...spread(took), success: found / getsCount };
}

async function inTurns(count, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function spread(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** mulberry32 (Tommy Ettinger, public domain): the same nodes put, get and die in every system. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
