#!/usr/bin/env node
/** The command `holdfast`: hands the process over to dist, and ends quietly when whoever reads the output has left. */
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/index.js', import.meta.url);
if (!existsSync(fileURLToPath(built))) {
  process.stderr.write('holdfast: The command has not been built yet: run "npm run build" and try again.\n');
  process.exit(1);
}
// One signal ends hundreds of requests that are under way at once: that is no leak.
setMaxListeners(1024);
const { run } = await import(built.href);

process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => undefined);

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // The first one ends the command in order, a second one at once.
    if (ended.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    ended.abort();
  });
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: ended.signal,
});
