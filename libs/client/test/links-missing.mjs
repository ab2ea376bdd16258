/** Where node-datachannel is not installed, or does not load, there are no direct links, and nothing else is wrong. */
import { register } from 'node:module';
import { webRtcLinks } from '../dist/overlay/links/webrtc-links.js';

const hooks = `
  export async function resolve(specifier, context, next) {
    if (specifier.startsWith('node-datachannel')) throw new Error('It is not there.');
    return next(specifier, context);
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const make = await webRtcLinks({});
process.stdout.write(`${typeof make({})}\n`);
