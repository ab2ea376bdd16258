/** `npm run --silent sim -- churn --json`: prepares, then runs bench/src/sim/main.ts with the remaining arguments. */
import { prepare } from './prepare.mjs';

prepare();
await import('../bench/dist/sim/main.js');
