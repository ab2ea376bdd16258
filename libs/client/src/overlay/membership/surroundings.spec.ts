/** The surroundings as a browser tells of them, with stand-ins for what only a page has. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Coast } from '../../../test/coast.js';
import { arrive } from '../../../test/shoal.js';
import { StandingClock } from '../../../test/standing-clock.js';
import { statusWhen } from '../../../test/status-when.js';
import { Standing } from './standing.js';
import { platformSurroundings } from './surroundings.js';

/** A page that is shown or hidden. */
class Page extends EventTarget {
  visibilityState = 'visible';

  turn(state: 'visible' | 'hidden'): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

/** What a browser knows of its network; on which platform it is missing, differs. */
class Network extends EventTarget {
  saveData: boolean | undefined;
  type: string | undefined;

  turn(how: { saveData?: boolean; type?: string }): void {
    Object.assign(this, how);
    this.dispatchEvent(new Event('change'));
  }
}

const coast = new Coast();
const restore: (() => void)[] = [];
afterEach(async () => {
  await coast.leaveAll();
  for (const back of restore.splice(0)) back();
});

type Missing = 'document' | 'navigator' | 'addEventListener' | 'removeEventListener';

function standIn(name: Missing, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  restore.push(() => {
    Reflect.deleteProperty(globalThis, name);
    if (before !== undefined) Object.defineProperty(globalThis, name, before);
  });
}

function browser() {
  const [page, network, window] = [new Page(), new Network(), new EventTarget()];
  standIn('addEventListener', window.addEventListener.bind(window));
  standIn('removeEventListener', window.removeEventListener.bind(window));
  standIn('document', page);
  standIn('navigator', { connection: network });
  return { page, network };
}

/** What somebody who serves at once has become, each time it has changed. */
function rolesOf() {
  const clock = new StandingClock();
  const told: string[] = [];
  const one: Standing = new Standing('server', platformSurroundings, 0, clock, () => told.push(one.role));
  clock.pass(0);
  return { one, told };
}

describe('a client in a page', () => {
  it('may serve while it is seen', () => {
    const { page } = browser();
    expect(platformSurroundings.mayServe()).toBe(true);
    page.turn('hidden');
    expect(platformSurroundings.mayServe()).toBe(false);
    page.turn('visible');
    expect(platformSurroundings.mayServe()).toBe(true);
  });

  it.each([
    [{ saveData: true }, false],
    [{ type: 'cellular' }, false],
    [{ type: 'cellular', saveData: false }, false],
    [{ type: 'wifi', saveData: true }, false],
    [{ type: 'wifi', saveData: false }, true],
    [{}, true],
  ])('on a network of which %j is known may serve: %s', (known, may) => {
    const { network } = browser();
    network.turn(known);
    expect(platformSurroundings.mayServe()).toBe(may);
  });

  it('observes when it is hidden, and serves again when it is seen', () => {
    const { page } = browser();
    const { told } = rolesOf();
    page.turn('hidden');
    page.turn('visible');
    expect(told).toEqual(['server', 'observer', 'server']);
  });

  it('observes when its network becomes a metered one, and serves again on another', () => {
    const { network } = browser();
    const { told } = rolesOf();
    network.turn({ type: 'cellular' });
    network.turn({ type: 'wifi' });
    network.turn({ saveData: true });
    network.turn({ saveData: false });
    expect(told).toEqual(['server', 'observer', 'server', 'observer', 'server']);
  });

  it('hears of no change any more when it has ended', () => {
    const { page, network } = browser();
    const { one, told } = rolesOf();
    one.end();
    page.turn('hidden');
    network.turn({ saveData: true });
    expect(told).toEqual(['server']);
  });

  it('tells its archive when it is hidden, and when it is seen again', async () => {
    const { page } = browser();
    const archives = coast.archives(1);
    const { client } = await arrive(coast, archives);
    const { node } = await statusWhen(client, (status) => status.node !== undefined);
    await coast.until(() => archives[0].servers.includes(node!));
    page.turn('hidden');
    expect((await client.overlay()).role).toBe('observer');
    await coast.until(() => archives[0].nodes.get(node!)?.role === 'observer');
    page.turn('visible');
    expect((await client.overlay()).role).toBe('server');
    await coast.until(() => archives[0].servers.includes(node!));
  });
});

describe('elsewhere than in a page', () => {
  it.each([
    ['without a navigator', undefined],
    ['with one that knows no network', {}],
    ['with a network that tells of no change', { connection: { type: 'ethernet' } }],
  ])('a client may serve %s', (_, navigator) => {
    standIn('document', undefined);
    standIn('navigator', navigator);
    expect(platformSurroundings.mayServe()).toBe(true);
    expect(() => platformSurroundings.onChange(() => undefined)()).not.toThrow();
  });
});
