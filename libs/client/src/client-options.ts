/** Refuses options that are none: for programs that no compiler has checked, which would fail later, far from their mistake. */
import { HoldfastError } from '@holdfast/protocol';
import type { ClientOptions } from './client.js';
import { limits } from './limits.js';

/** Throws `settings-invalid`. */
export function checkOptions(options: Partial<ClientOptions> | undefined): void {
  if (!Array.isArray(options?.archives) || typeof options.storage?.update !== 'function') {
    throw invalid(
      'A client needs archives and a storage: createClient({ archives: [URL], storage: memoryStorage() }).',
    );
  }
  for (const name of ['copies', 'holders'] as const) {
    const { [name]: count = 1 } = options;
    if (!Number.isInteger(count) || count < 1 || count > limits.archivesMax) {
      throw invalid(`"${name}" is a number from 1 to ${limits.archivesMax}.`);
    }
  }
}

const invalid = (detail: string): HoldfastError => new HoldfastError('settings-invalid', detail);
