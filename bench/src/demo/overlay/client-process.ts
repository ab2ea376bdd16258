/** A client that runs as a process of its own (client-program.ts): commands go in, their outcomes come out. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PrivateJwk } from '@holdfast/protocol';
import type { OverlayStatus } from '@holdfast/client';
import type { ArchiveProcess } from '@holdfast/testing';
import type { ClientCommand, ClientNews } from './client-commands.js';

/** Built beside this file, also when a test runs this one from its source. */
const program = join(import.meta.dirname, '../../../dist/demo/overlay/client-program.js');

interface Waiter {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class ClientProcess {
  /** The texts of the messages that its inbox was handed, in their order. */
  readonly received: string[] = [];
  readonly #waiters = new Map<number, Waiter>();
  #last = 0;
  #complaints = '';
  #ended: Error | undefined;

  private constructor(
    readonly author: string,
    private readonly child: ChildProcess,
  ) {
    createInterface({ input: child.stdout! }).on('line', (line) =>
      this.#heard(JSON.parse(line) as ClientNews),
    );
    // It has ended, which is told below.
    child.stdin!.on('error', () => undefined);
    child.stderr!.on('data', (chunk: Buffer) => {
      this.#complaints = `${this.#complaints}${chunk.toString()}`.slice(-2_000);
    });
    const ended = (why: string): void => {
      const error = (this.#ended = new Error(`A client has ended with ${why}: ${this.#complaints}`));
      for (const waiter of this.#waiters.values()) waiter.reject(error);
      this.#waiters.clear();
    };
    child.on('error', ({ message }) => ended(message));
    child.on('close', (status) => ended(String(status ?? 'a signal')));
  }

  static start(archive: ArchiveProcess, identity: PrivateJwk, folder: string): ClientProcess {
    const beginning = { archive: { url: archive.url, id: archive.id }, identity, folder };
    const child = spawn(process.execPath, [program, JSON.stringify(beginning)], { stdio: 'pipe' });
    return new ClientProcess(identity.x, child);
  }

  /** Resolves with the command's outcome, and rejects with its error. */
  tell(command: ClientCommand): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const n = ++this.#last;
    this.child.stdin!.write(`${JSON.stringify({ n, ...command })}\n`);
    return new Promise((resolve, reject) => this.#waiters.set(n, { resolve, reject }));
  }

  async overlay(): Promise<OverlayStatus> {
    return (await this.tell({ do: 'overlay' })) as OverlayStatus;
  }

  /** At once, whatever it is doing. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  #heard(news: ClientNews): void {
    if ('received' in news) {
      this.received.push(news.received);
      return;
    }
    const waiter = this.#waiters.get(news.n);
    this.#waiters.delete(news.n);
    if ('error' in news) waiter?.reject(new Error(news.error));
    else waiter?.resolve(news.value);
  }
}
