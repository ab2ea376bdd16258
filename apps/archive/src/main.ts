/** The container's entry: the archive with a log for programs only. `npm start` comes through tools/start.mjs. */
import { runArchive } from './run.js';

await runArchive({ greet: false });
