/**
 * The same exercise for every system, `node measure.mjs SYSTEM`: values are put by random nodes, got by other random
 * ones, then half of the nodes die at once and the rest get the values again. The same nodes put, get and die in every
 * system. One JSON object goes to stdout, progress to stderr. Plain Node, because the systems that Holdfast is compared
 * with are installed for this alone (bench/src/dht).
 */
import { Nodes } from './nodes.mjs';

const system = process.argv[2];
const nodesCount = Number(process.env.BENCH_NODES ?? 50);
const death = process.env.BENCH_DEATH ?? 'killed';
const valuesCount = 100;
const getsCount = 200;
const concurrency = 4;
const joinMsMax = 20_000;
const putMsMax = 20_000;
/** Nobody waits longer for a value; what takes longer was not found. */
const getMsMax = 10_000;
const wholeMsMax = Number(process.env.BENCH_MS_MAX ?? 300_000);

const random = seeded(1);
const doomed = halfOf(nodesCount);
const nodes = new Nodes(system, (index) => doomed.has(index));
let phase = 'starting';
let hasFailed = false;

const late = setTimeout(() => void fail(new Error(`not done within ${seconds(wholeMsMax)}`)), wholeMsMax);
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => void fail(new Error(`ended by ${signal}`)));
try {
  const figures = await exercise();
  clearTimeout(late);
  await nodes.end();
  console.log(JSON.stringify(figures));
} catch (error) {
  await fail(error);
}

async function exercise() {
  await nodes.started();
  const begun = performance.now();
  await start();
  const startMs = performance.now() - begun;
  say(`${nodesCount} nodes in ${seconds(startMs)}; ${valuesCount} puts`);
  const put = await puts();
  say(`put in ${shown(put)}; ${getsCount} gets`);
  const get = await gets(put.values, () => true);
  say(`got ${get.found} in ${shown(get)}; ${doomed.size} nodes are ${death}, ${getsCount} gets`);
  await nodes.die(death);
  const getAfterHalfDied = await gets(put.values, (index) => !doomed.has(index));
  say(`got ${getAfterHalfDied.found} in ${shown(getAfterHalfDied)}`);
  return { startMs, put: spreadOf(put), get: spreadOf(get), getAfterHalfDied: spreadOf(getAfterHalfDied) };
}

/** One after the other, all by the first, which does not die: others would have nobody to join by. */
async function start() {
  let bootstrap;
  for (let index = 0; index < nodesCount; index++) {
    phase = `node ${index} joins`;
    const answer = await nodes.ask(index, 'join', { bootstrap }, joinMsMax);
    bootstrap ??= answer;
  }
  for (let index = 0; index < nodesCount; index++) {
    phase = `node ${index} settles`;
    await nodes.ask(index, 'settle', {}, joinMsMax);
  }
}

async function puts() {
  const took = [];
  const values = [];
  let failure;
  await inTurns(valuesCount, async (index) => {
    const by = Math.floor(random() * nodesCount);
    const value = Buffer.from(`${index} ${'x'.repeat(500)}`);
    phase = `put ${index} by node ${by}`;
    const from = performance.now();
    try {
      const { outcome, tookMs } = await nodes.ask(by, 'put', { value }, putMsMax);
      took.push(tookMs);
      values.push({ key: outcome, by, value });
    } catch (error) {
      took.push(performance.now() - from);
      failure ??= error.message;
    }
  });
  if (failure !== undefined) say(`the first put that failed: ${failure}`);
  if (values.length === 0) throw new Error(`no value was put: ${failure}`);
  return { took, values, found: values.length, of: valuesCount };
}

async function gets(values, isThere) {
  const took = [];
  let found = 0;
  let failure;
  await inTurns(getsCount, async (index) => {
    const { key, by, value } = values[Math.floor(random() * values.length)];
    let asking;
    do asking = Math.floor(random() * nodesCount);
    while (!isThere(asking) || asking === by);
    phase = `get ${index} by node ${asking}`;
    const from = performance.now();
    try {
      const { outcome, tookMs } = await nodes.ask(asking, 'get', { key }, getMsMax);
      took.push(tookMs);
      if (outcome !== undefined && Buffer.compare(Buffer.from(outcome), value) === 0) found++;
    } catch (error) {
      took.push(performance.now() - from);
      failure ??= error.message;
    }
  });
  if (failure !== undefined) say(`the first get that failed: ${failure}`);
  return { took, found, of: getsCount };
}

async function inTurns(count, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function fail(error) {
  if (hasFailed) return;
  hasFailed = true;
  say(`failed (${phase}): ${error.message}`);
  await nodes.end();
  process.exit(1);
}

function spreadOf({ took, found, of }) {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
  return { p50Ms: at(0.5), p95Ms: at(0.95), success: found / of };
}

function shown(samples) {
  const { p50Ms, p95Ms } = spreadOf(samples);
  return `${p50Ms.toFixed(1)} / ${p95Ms.toFixed(1)} ms (p50 / p95)`;
}

function say(line) {
  process.stderr.write(`${system}: ${line}\n`);
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Half of all indices but the first. */
function halfOf(count) {
  const indices = Array.from({ length: count - 1 }, (_, index) => index + 1);
  for (let at = indices.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [indices[at], indices[other]] = [indices[other], indices[at]];
  }
  return new Set(indices.slice(0, Math.floor(count / 2)));
}

/** mulberry32 (Tommy Ettinger, public domain). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
