/** One sentence for every way in which a DATABASE_URL can be wrong: what is the matter, and what to do. */
import { HoldfastError } from '@holdfast/protocol';

export function explainConnectionFailure(cause: unknown, url: string): HoldfastError {
  const { hostname, port, pathname, username } = new URL(url);
  const server = `${hostname}:${port || '5432'}`;
  const user = decodeURIComponent(username) || 'this user';
  const name = decodeURIComponent(pathname.slice(1)) || user;
  const { code, message } = innermost(cause);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unreachable(`There is no host ${hostname}: check the host in DATABASE_URL.`, cause);
    case 'ECONNREFUSED':
      return unreachable(
        `No PostgreSQL answers at ${server}: start it, or check host and port in DATABASE_URL.`,
        cause,
      );
    case '28P01':
    case '28000':
      return unsuitable(
        `PostgreSQL at ${server} does not let ${user} in: check user and password in DATABASE_URL.`,
        cause,
      );
    case '3D000':
      return unsuitable(
        `There is no database ${name} at ${server}: create it (createdb ${name}), or check DATABASE_URL.`,
        cause,
      );
    case '53300':
      return unreachable(
        `PostgreSQL at ${server} has no connection left: raise max_connections or stop what uses them.`,
        cause,
      );
    case '57P03':
      return unreachable(`PostgreSQL at ${server} is starting or stopping: try again in a moment.`, cause);
    default:
      return unreachable(
        `The database at ${server} cannot be reached (${message}): check DATABASE_URL.`,
        cause,
      );
  }
}

/** Node wraps the failures of several addresses of one host in an AggregateError. */
function innermost(cause: unknown): { readonly code?: string; readonly message: string } {
  const { errors, code, message } = cause as { errors?: unknown[]; code?: string; message?: string };
  if (errors !== undefined && errors.length > 0) return innermost(errors[0]);
  return { ...(code === undefined ? {} : { code }), message: message ?? String(cause) };
}

const unreachable = (sentence: string, cause: unknown) =>
  new HoldfastError('database-unreachable', sentence, {}, { cause });

const unsuitable = (sentence: string, cause: unknown) =>
  new HoldfastError('database-unsuitable', sentence, {}, { cause });
