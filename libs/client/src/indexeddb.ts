/** The door `@holdfast/client/indexeddb`. */
export { indexedDbStorage } from './storage/indexeddb.js';
