/** The ports that the archive listens on, and one sentence for every way in which one cannot be had. */
import { HoldfastError } from '@holdfast/protocol';
import { createServer } from 'node:net';

/**
 * Tries a port and gives it back: nothing that takes long is begun for an archive that cannot listen.
 * @throws HoldfastError `port-taken`
 */
export async function requirePort(setting: string, host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portTaken(setting, port, cause)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

export function portTaken(setting: string, port: number, cause: NodeJS.ErrnoException): HoldfastError {
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${port} is in use by another program: stop it, or set ${setting} to a free port.`,
    EACCES: `Port ${port} is not open to this user: set ${setting} to a port above 1023.`,
    EADDRNOTAVAIL: 'HOLDFAST_HOST is not an address of this machine: set it to one, or to 0.0.0.0 for all.',
    ENOTFOUND: 'HOLDFAST_HOST is not an address of this machine: set it to one, or to 0.0.0.0 for all.',
  };
  const sentence =
    sentences[cause.code ?? ''] ??
    `Port ${port} cannot be used (${cause.code ?? cause.message}): set ${setting} to another.`;
  return new HoldfastError('port-taken', sentence, { port }, { cause });
}
