/** The door of apps/archive: start an archive inside another program, as tests and benches do. */
export { startArchive, type RunningArchive } from './start.js';
export { readSettings, type ArchiveSettings } from './platform/settings.js';
export { createLog, type Log } from './platform/logging/log.js';
