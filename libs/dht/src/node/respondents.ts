/** What the table and the conduct of contacts learn from how requests end. */
import type { RoutingTable } from '../contacts/routing-table.js';
import type { LiveContext } from './live-context.js';
import type { Respondents } from './requests.js';

/** @param drop counts an answer that nobody waited for */
export const respondentsOf = (
  table: RoutingTable,
  context: () => LiveContext,
  drop: () => void,
): Respondents => ({
  timeoutMs: ({ archive }) => table.roundTrips.timeoutMs(archive),
  answered: (from, tookMs) => table.heard(from, context().nowMs, tookMs),
  unanswered: ({ id, archive }, why) => {
    if (why === 'gone') table.gone(id, archive);
    else table.failed(id, archive);
  },
  late: (from, tookMs) => {
    drop();
    if (tookMs !== undefined) table.roundTrips.measured(from.archive, tookMs);
    if (table.has(from.id)) table.heard(from, context().nowMs);
    context().late(from);
  },
  answeredMore: drop,
  unasked: (from) => {
    drop();
    context().misbehaved(from, 'unasked-answer');
  },
});
