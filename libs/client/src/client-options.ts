/** Refuses options that are none: for programs that no compiler has checked, which would fail later, far from their mistake. */
import { HoldfastError } from '@holdfast/protocol/core';
import type { ClientOptions } from './client.js';
import type { InboxOptions } from './crates/receiving/inbox-contract.js';
import { limits } from './limits.js';

/** Throws `settings-invalid`. */
export function checkOptions(options: Partial<ClientOptions> | undefined): void {
  if (!Array.isArray(options?.archives) || typeof options.storage?.update !== 'function') {
    throw invalid(
      'A client needs archives and a storage: createClient({ archives: [URL], storage: memoryStorage() }).',
    );
  }
  for (const name of ['copies', 'holders'] as const) {
    const { [name]: count = 1 } = options;
    if (!Number.isInteger(count)) throw invalid(`"${name}" is a whole number.`);
    requireBetween(name, count, 1, limits.archivesMax);
  }
  const { statusBy = 'log', overlay = 'off', kemRotationDays, catchUpAfterHours } = options;
  if (statusBy !== 'log' && statusBy !== 'id') throw invalid('"statusBy" is "log" or "id".');
  if (!/^(server|observer|off)$/.test(overlay)) throw invalid('"overlay" is "server", "observer" or "off".');
  if (!/^(undefined|off|\[object Object\])$/.test(String(options.directLinks))) {
    throw invalid('"directLinks" is "off", or has ICE servers.');
  }
  requireBetween('overlayServesAfterMs', options.overlayServesAfterMs, 0, Infinity);
  requireBetween('kemRotationDays', kemRotationDays, limits.kemRotationDaysMin, limits.kemRotationDaysMax);
  requireBetween('catchUpAfterHours', catchUpAfterHours, 0, limits.catchUpAfterHoursMax);
}

/** Throws `settings-invalid`. */
export function checkInboxOptions({ receiptDelayMs, receipts, announce }: InboxOptions): void {
  requireBetween('receiptDelayMs', receiptDelayMs, 0, limits.receiptDelayMsMax);
  if (!['undefined', 'boolean', 'function'].includes(typeof receipts)) {
    throw invalid('"receipts" is true, false, or a function that says so of a sender.');
  }
  if (!/^(contacts|all|none)$/.test(announce ?? 'all')) {
    throw invalid('"announce" is "contacts", "all" or "none".');
  }
}

function requireBetween(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
  throw invalid(`"${name}" is a number from ${least} to ${most}.`);
}

const invalid = (detail: string): HoldfastError => new HoldfastError('settings-invalid', detail);
