/** Turns pino's JSON lines into one readable line each, for somebody who looks at a terminal. */
import type { DestinationStream } from 'pino';

export function terminalLines(write: (text: string) => void): DestinationStream {
  return { write: (line) => write(`${readable(line)}\n`) };
}

function readable(line: string): string {
  const { level, time, msg, error, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const details = Object.entries(facts).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const trouble = error === undefined ? '' : `\n    ${troubleOf(error)}`;
  return `${clock} ${String(level).padEnd(5)} ${[String(msg), ...details].join(' ')}${trouble}`;
}

function troubleOf(error: unknown): string {
  const { stack, message } = error as { stack?: string; message?: string };
  return (stack ?? message ?? String(error)).replaceAll('\n', '\n    ');
}
