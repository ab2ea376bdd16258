/** `npm run build`: installs, generates and builds what is not up to date. */
import { prepare, say } from './prepare.mjs';

prepare();
say('ready.');
