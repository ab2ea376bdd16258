/** What one client sends and receives in each of its roles, and for how long it has them. */
import type { Role } from '@holdfast/dht';

export interface Load {
  readonly role: Role;
  readonly seconds: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export class Meter {
  sentBytes = 0;
  receivedBytes = 0;
  #role: Role;
  #sinceMs: number;
  readonly #loads: Load[] = [];

  constructor(role: Role, nowMs: number) {
    this.#role = role;
    this.#sinceMs = nowMs;
  }

  turn(role: Role, nowMs: number): void {
    this.#close(nowMs);
    this.#role = role;
  }

  /** Everything so far; then it begins anew. */
  read(nowMs: number): Load[] {
    this.#close(nowMs);
    return this.#loads.splice(0);
  }

  #close(nowMs: number): void {
    const seconds = (nowMs - this.#sinceMs) / 1_000;
    const { sentBytes, receivedBytes } = this;
    if (seconds > 0) this.#loads.push({ role: this.#role, seconds, sentBytes, receivedBytes });
    this.#sinceMs = nowMs;
    this.sentBytes = 0;
    this.receivedBytes = 0;
  }
}
