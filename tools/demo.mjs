/** `npm run demo [-- --json]`: prepares, then runs bench/src/demo.ts with the remaining arguments. */
import { prepare } from './prepare.mjs';

prepare();
await import('../bench/dist/demo.js');
