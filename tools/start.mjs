/**
 * `npm start`: prepares, then becomes the archive. It is one process, so that a signal reaches the archive
 * itself and its exit status is the command's.
 */
import { prepare } from './prepare.mjs';

prepare({ projects: ['apps/archive', 'apps/cli'] });
const { runArchive } = await import('../apps/archive/dist/run.js');
await runArchive({ greet: true });
