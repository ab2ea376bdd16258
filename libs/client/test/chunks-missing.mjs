/** A client whose parts cannot be loaded at first, as in a page without a network: that is told, and ends nothing. */
import { register } from 'node:module';
import { createClient, memoryStorage } from '../dist/index.js';

const hooks = `
  const missing = new Set(['./overlay/overlay.js', './crates/crate-service.js']);
  export async function resolve(specifier, context, next) {
    if (missing.delete(specifier)) throw new Error('There is no network.');
    return next(specifier, context);
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const storage = memoryStorage();
const client = createClient({ archives: ['http://127.0.0.1:9'], storage, overlay: 'server' });
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
client.on('problem', ({ code }) => say('problem', code));
const { whyNot } = await client.overlay();
say('overlay', whyNot);
const ask = () => client.status('A'.repeat(22)).catch(({ code, message }) => say('status', code ?? message));
await ask();
await ask();
await client.tried();
await client.close();
say('closed');
