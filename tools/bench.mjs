/** `npm run bench -- ingest --json`: prepares, then runs bench/src/main.ts with the remaining arguments. */
import { prepare } from './prepare.mjs';

prepare();
await import('../bench/dist/main.js');
