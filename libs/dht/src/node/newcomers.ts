/**
 * Who has asked, or was told of, and might stand in the table: it is asked once whether it is there, because only those
 * that answer are believed. So many at a time, and nobody again too soon.
 */
import type { Contact } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import { dhtLimits } from '../limits.js';
import type { NodeContext } from './context.js';

export class Newcomers {
  /** Until when it is not asked again. */
  #asked: Map<string, number> | undefined;
  #open = 0;

  constructor(
    private readonly context: NodeContext,
    private readonly table: RoutingTable,
  ) {}

  noticed(contact: Contact): void {
    if (this.#open >= dhtLimits.newcomersOpenMax || !this.table.wants(contact)) return;
    const { nowMs } = this.context;
    const asked = (this.#asked ??= new Map<string, number>());
    const name = contact.id.text;
    if ((asked.get(name) ?? 0) > nowMs) return;
    asked.delete(name);
    for (const [oldest, untilMs] of asked) {
      if (untilMs > nowMs && asked.size < dhtLimits.newcomersKnownMax) break;
      asked.delete(oldest);
    }
    asked.set(name, nowMs + dhtLimits.newcomerAgainMs);
    this.#open++;
    this.context.ask({ id: contact.id, archive: contact.archive }, { kind: 'ping' }, () => {
      this.#open--;
    });
  }
}
