/**
 * All nodes of one system, in two processes: the second holds those that are to die. Every question has an end: what is
 * not answered in time is a failure that says so.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';

export class Nodes {
  #halves;
  #isDoomed;

  /** @param isDoomed by the node's index: whether it is one of those that die */
  constructor(system, isDoomed) {
    this.#isDoomed = isDoomed;
    this.#halves = [new Half(system), new Half(system)];
  }

  started() {
    return Promise.all(this.#halves.map((half) => half.started));
  }

  ask(index, act, rest, msMax) {
    return this.#halves[this.#isDoomed(index) ? 1 : 0].ask({ act, index, ...rest }, msMax);
  }

  /**
   * Those that die say nothing to anybody, in every system: `killed` is SIGKILL, after which the kernel closes what TCP
   * connections they had; `frozen` is SIGSTOP, which leaves those open and nobody answers on them.
   */
  async die(death) {
    const doomed = this.#halves[1];
    if (death === 'frozen') doomed.signal('SIGSTOP');
    else await doomed.end();
  }

  end() {
    return Promise.all(this.#halves.map((half) => half.end()));
  }
}

class Half {
  #child;
  #asked = new Map();
  #numbered = 0;
  #ended;

  constructor(system) {
    // What a system prints is not a result of this one.
    this.#child = fork(join(import.meta.dirname, 'half.mjs'), [system], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('exit', (status, signal) => {
        for (const { reject } of this.#asked.values())
          reject(new Error(`its process ended: ${status ?? signal}`));
        this.#asked.clear();
        resolve();
      });
    });
    this.started = new Promise((resolve, reject) => this.#asked.set(0, { resolve, reject }));
    this.#child.on('message', ({ n, answer, failure }) => {
      const asked = this.#asked.get(n);
      this.#asked.delete(n);
      if (failure === undefined) asked?.resolve(answer);
      else asked?.reject(new Error(failure));
    });
  }

  ask(question, msMax) {
    const n = ++this.#numbered;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#asked.delete(n);
        reject(new Error(`no answer to ${question.act} within ${msMax} ms`));
      }, msMax);
      const settle = (how) => (outcome) => {
        clearTimeout(late);
        how(outcome);
      };
      this.#asked.set(n, { resolve: settle(resolve), reject: settle(reject) });
      this.#child.send({ n, ...question }, (error) => error && this.#asked.get(n)?.reject(error));
    });
  }

  signal(signal) {
    this.#child.kill(signal);
  }

  /** SIGKILL ends frozen ones as well. */
  end() {
    this.signal('SIGKILL');
    return this.#ended;
  }
}
