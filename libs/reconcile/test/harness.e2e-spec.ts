import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Item } from '../src/index.js';
import { hexOf, idsOf, someItems } from './items.js';

const program = fileURLToPath(new URL('../../../tools/reconcile-harness.mjs', import.meta.url));

describe('two harnesses that are driven against each other', () => {
  it.each([
    ['without a frame limit', {}],
    ['with a frame limit of 0, which is none', { FRAMESIZELIMIT: '0' }],
    ['with the smallest frames', { FRAMESIZELIMIT: '4096' }],
    ['with frames of 50,000 bytes', { FRAMESIZELIMIT: '50000' }],
  ])('find what each has alone, %s', async (_, env) => {
    const common = someItems(1, 4_000);
    const mine = someItems(2, 300);
    const theirs = someItems(3, 700);
    const initiator = harness(env, [...common, ...mine]);
    const responder = harness(env, [...common, ...theirs]);
    const found = { have: new Set<string>(), need: new Set<string>() };
    initiator.say('initiate');
    for (let line = await initiator.line(); line !== 'done';) {
      expect(line).toMatch(/^msg,(?:[0-9a-f]{2})+$/);
      if ('FRAMESIZELIMIT' in env && env.FRAMESIZELIMIT !== '0') {
        expect(line.length).toBeLessThanOrEqual('msg,'.length + 2 * Number(env.FRAMESIZELIMIT));
      }
      responder.say(line);
      initiator.say(await responder.line());
      line = await initiator.line();
      for (; line.startsWith('have,') || line.startsWith('need,'); line = await initiator.line()) {
        found[line.slice(0, 4) as 'have' | 'need'].add(line.slice(5));
      }
    }
    expect([...found.have].toSorted()).toEqual(idsOf(mine));
    expect([...found.need].toSorted()).toEqual(idsOf(theirs));
    expect(await initiator.end()).toEqual({ status: 0, rest: [] });
    expect(await responder.end()).toEqual({ status: 0, rest: [] });
  });
});

describe('a harness', () => {
  it('takes times up to 2^53 - 1', async () => {
    const one = harness({}, [{ time: Number.MAX_SAFE_INTEGER, id: new Uint8Array(32).fill(1) }]);
    one.say('initiate');
    expect(await one.line()).toBe(`msg,6100000201${'01'.repeat(32)}`);
    await one.end();
  });

  it('answers a version that it does not speak with the one that it does', async () => {
    const one = harness({}, []);
    one.say('msg,62ffff');
    expect(await one.line()).toBe('msg,61');
    await one.end();
  });

  it.each([
    ['an unknown command', ['seal', 'reboot']],
    ['a message before the set is sealed', ['msg,61']],
    ['an item after the set is sealed', ['seal', `item,1,${'00'.repeat(32)}`]],
    ['an id that is too short', ['item,1,00']],
    ['a time that is none', [`item,-1,${'00'.repeat(32)}`]],
    ['an item that comes twice', [`item,1,${'00'.repeat(32)}`, `item,1,${'00'.repeat(32)}`, 'seal']],
    ['a message that is invalid', ['seal', 'msg,6180']],
    ['a message that is no hex', ['seal', 'msg,6g']],
  ])('ends with 1, a word on stderr and nothing on stdout, after %s', async (_, lines) => {
    const one = harness({});
    for (const line of lines) one.say(line);
    const { status, rest } = await one.end();
    expect({ status, rest }).toEqual({ status: 1, rest: [] });
    expect(one.errors()).toMatch(/^reconcile-harness: ./m);
  });

  it('refuses a frame limit below 4096', async () => {
    expect(await harness({ FRAMESIZELIMIT: '4095' }).end()).toEqual({ status: 1, rest: [] });
  });
});

const running: ChildProcessWithoutNullStreams[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});

function harness(env: Readonly<Record<string, string>>, items?: readonly Item[]) {
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...env } });
  running.push(child);
  const exited = once(child, 'close');
  // A harness that has ended on an error reads no more; what it ended with is what the test asks for.
  child.stdin.on('error', () => {});
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const say = (line: string): void => void child.stdin.write(`${line}\n`);
  if (items !== undefined) {
    for (const { time, id } of items) say(`item,${time},${hexOf(id)}`);
    say('seal');
  }
  return {
    say,
    async line(): Promise<string> {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`The harness has ended. ${errors}`);
      return value;
    },
    async end(): Promise<{ status: number; rest: string[] }> {
      child.stdin.end();
      const rest: string[] = [];
      for (let next = await lines.next(); next.done !== true; next = await lines.next())
        rest.push(next.value);
      const [status] = (await exited) as [number];
      return { status, rest };
    },
    errors: () => errors,
  };
}
