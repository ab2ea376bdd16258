/** The door `@holdfast/client/node`. */
export { fileStorage } from './storage/file/file-storage.js';
