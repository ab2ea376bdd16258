/**
 * The pure libraries take time and randomness as arguments (docs/ARCHITECTURE.md): this refuses clocks, timers,
 * Math.random and sockets in their sources. The cryptographic random generator is allowed where a key or a nonce is made.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const pureSources = ['protocol', 'reconcile', 'gossip', 'dht', 'simulation'].map(
  (name) => `libs/${name}/src`,
);
const impure =
  /\b(?:Date\.now|new Date\(\)|performance\.now|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|new WebSocket|fetch\()/;

let found = 0;
for (const folder of pureSources) {
  for (const name of readdirSync(join(root, folder), { recursive: true })) {
    if (!name.endsWith('.ts') || name.endsWith('spec.ts')) continue;
    readFileSync(join(root, folder, name), 'utf8')
      .split('\n')
      .forEach((line, index) => {
        if (!impure.test(line)) return;
        found++;
        console.error(`${folder}/${name}:${index + 1}: ${line.trim()}`);
      });
  }
}
process.exitCode = found === 0 ? 0 : 1;
