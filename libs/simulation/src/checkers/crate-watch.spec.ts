import { describe, expect, it } from '@jest/globals';
import { CrateWatch, type CrateHolder } from './crate-watch.js';

const hourMs = 3_600_000;
const expiryHour = 100;
const crate = 'crate';

/** An archive with this one crate, whose state and clock the test sets. */
class Holder implements CrateHolder {
  readonly crateStates = new Map<string, string>();
  readonly errands: { crate: string; target: string }[] = [];
  hour = 10;

  constructor(readonly name: string) {}

  nowMs = (): number => this.hour * hourMs;

  becomes(state: string): void {
    if (state === 'unknown') this.crateStates.delete(crate);
    else this.crateStates.set(crate, state);
  }
}

function watched() {
  const watch = new CrateWatch();
  watch.watch(crate, expiryHour);
  const [ann, ben] = [new Holder('ann'), new Holder('ben')];
  const lives = (holder: Holder, ...states: string[]): void => {
    for (const state of states) {
      holder.becomes(state);
      watch.look(holder);
    }
  };
  const faults = (hour = 10): string[] => watch.faults([ann, ben], hour * hourMs);
  return { watch, ann, ben, lives, faults };
}

describe('the watch on crates', () => {
  it('has nothing against crates that come, leave on a proof that was shown, and are forgotten in time', () => {
    const { watch, ann, ben, lives, faults } = watched();
    watch.showed(crate, 'delivered');
    lives(ann, 'accepted', 'delivered');
    lives(ben, 'delivered');
    expect(faults()).toEqual([]);
    ann.hour = ben.hour = expiryHour + 12;
    lives(ann, 'unknown');
    lives(ben, 'unknown');
    expect(faults(expiryHour + 12)).toEqual([]);
  });

  it.each([
    ['it waits again', ['accepted', 'delivered', 'accepted']],
    ['it waits again', ['accepted', 'expired', 'accepted']],
    ['it is forgotten too early', ['accepted', 'unknown']],
    ['it is forgotten too early', ['accepted', 'delivered', 'unknown']],
    ['nobody has shown such a proof', ['accepted', 'recalled']],
    ['its hour is not over', ['accepted', 'expired']],
    ['it has left twice', ['accepted', 'delivered', 'expired']],
  ])('finds that %s', (flaw, states) => {
    const { watch, ann, lives, faults } = watched();
    watch.showed(crate, 'delivered');
    lives(ann, ...states);
    expect(faults().join()).toContain(flaw);
  });

  it('finds what was promised and is not there, and what was let go and still is', () => {
    const { watch, ann, ben, lives, faults } = watched();
    watch.promised(ann, crate, []);
    lives(ben, 'accepted');
    watch.released(ben, crate);
    expect(faults()).toEqual([
      'ann has promised to keep crate, and lacks it',
      'ben has said that crate has left, and it waits there',
    ]);
  });

  it('finds that a crate waits that has left elsewhere', () => {
    const { watch, ann, ben, lives, faults } = watched();
    watch.showed(crate, 'recalled');
    lives(ann, 'accepted');
    lives(ben, 'recalled');
    expect(faults()).toEqual(['crate waits at ann, and has left ben']);
  });

  it('finds what was not brought and what is still to be done, unless it may be over by some clock', () => {
    const { watch, ann, lives, faults } = watched();
    lives(ann, 'accepted');
    watch.promised(ann, crate, ['ben']);
    ann.errands.push({ crate, target: 'ben' }, { crate, target: 'somebody outside' });
    expect(faults()).toEqual(['ann has not brought crate to ben', 'ann still has to do with crate at ben']);
    expect(faults(expiryHour - 12)).toEqual([]);
  });
});
