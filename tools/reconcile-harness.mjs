/**
 * `npm run --silent reconcile-harness`: libs/reconcile behind the line protocol that implementations of Negentropy are
 * tested against one another with (spec/reconcile.md, "Harness"). A line in is answered before the next one is read;
 * stdout has nothing but answers; a line that cannot be taken ends the process with 1 and a word on stderr.
 */
import { createInterface } from 'node:readline';
import { prepare } from './prepare.mjs';

prepare({ projects: ['libs/reconcile'] });
const { SortedArray, initiate, reconcile, respond } = await import('../libs/reconcile/dist/index.js');

const items = [];
let storage;
let isInitiator = false;

const commands = {
  item(time, id) {
    if (storage !== undefined) throw new Error('the set is sealed');
    if (!/^\d{1,16}$/.test(time)) throw new Error('a time is a whole number');
    if (id?.length !== 64) throw new Error('an id is 64 hex digits');
    items.push({ time: Number(time), id: bytesOf(id) });
  },
  seal() {
    if (storage !== undefined) throw new Error('the set is sealed');
    storage = new SortedArray(items);
    items.length = 0;
  },
  initiate() {
    const message = initiate(sealed(), bounds());
    isInitiator = true;
    say('msg', message);
  },
  msg(hex) {
    const message = bytesOf(hex ?? '');
    if (!isInitiator) {
      say('msg', respond(sealed(), message, bounds()));
      return;
    }
    const step = reconcile(sealed(), message, bounds());
    for (const id of step.have) say('have', id);
    for (const id of step.need) say('need', id);
    if (step.message === undefined) say('done');
    else say('msg', step.message);
  },
};

try {
  bounds();
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const [name, ...fields] = line.trim().split(',');
    if (name === '') continue;
    if (!Object.hasOwn(commands, name)) throw new Error(`there is no command "${name}"`);
    commands[name](...fields);
  }
} catch (error) {
  process.stderr.write(`reconcile-harness: ${error.code ? `${error.code}: ` : ''}${error.message}\n`);
  process.exit(1);
}

function sealed() {
  if (storage === undefined) throw new Error('the set is not sealed');
  return storage;
}

function bounds() {
  const limit = process.env.FRAMESIZELIMIT ?? '0';
  if (!/^\d+$/.test(limit) || (Number(limit) > 0 && Number(limit) < 4096)) {
    throw new Error('FRAMESIZELIMIT is 0 for none, or at least 4096');
  }
  return Number(limit) === 0 ? {} : { frameBytesMax: Number(limit) };
}

function bytesOf(hex) {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw new Error('bytes are pairs of hex digits');
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** A pipe takes a line whole before this returns, so nothing waits in a buffer while the other side waits for it. */
function say(name, bytes) {
  process.stdout.write(bytes === undefined ? `${name}\n` : `${name},${Buffer.from(bytes).toString('hex')}\n`);
}
