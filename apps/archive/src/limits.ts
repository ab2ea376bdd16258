/** Every bound that the archive has beside those of the wire formats (libs/protocol/src/limits.ts). */
import { archivesLimits } from './limits/archives.js';
import { crateLimits } from './limits/crates.js';
import { platformLimits } from './limits/platform.js';
import { relayLimits } from './limits/relay.js';
import { recordLimits } from './limits/records.js';

export const archiveLimits = {
  ...platformLimits,
  ...crateLimits,
  ...archivesLimits,
  ...recordLimits,
  ...relayLimits,
} as const;
