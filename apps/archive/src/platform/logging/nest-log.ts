/** Lets Nest speak through the archive's log. What it tells of its own start is detail. */
import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

export function nestLog(log: Log): LoggerService {
  const write =
    (level: 'debug' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: unknown[]) => {
      const context = rest.at(-1);
      const fields = typeof context === 'string' ? { nest: context } : {};
      if (message instanceof Error) log[level]({ ...fields, error: message }, 'Nest met an error');
      else log[level](fields, String(message));
    };
  return {
    log: write('debug'),
    verbose: write('debug'),
    debug: write('debug'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
