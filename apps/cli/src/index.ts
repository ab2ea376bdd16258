/** The door of apps/cli: the command as a function, for bin/holdfast.js and for tests. */
export { run } from './main.js';
export { type Surroundings } from './context.js';
