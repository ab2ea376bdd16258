/** What a browser downloads before anything is shown: a budget that is enforced. */
import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundleInChunks, type BundleFile } from '../test/browser-bundle.js';

const kB = 1000;
const coreSizeMax = 35 * kB;
const program = `
  import { createClient } from './index.js';
  import { indexedDbStorage } from './indexeddb.js';
  globalThis.holdfast = { createClient, indexedDbStorage };
`;

/** What a page loads at first, and what it loads when crates are needed. */
async function bundle(): Promise<{ core: readonly BundleFile[]; onDemand: readonly BundleFile[] }> {
  const files = await bundleInChunks(program, fileURLToPath(new URL('.', import.meta.url)), ['source']);
  const core = new Set<string>();
  const load = (name: string): void => {
    if (core.has(name)) return;
    core.add(name);
    files.get(name)!.loads.forEach(load);
  };
  load('page.js');
  const named = [...files];
  return {
    core: named.filter(([name]) => core.has(name)).map(([, file]) => file),
    onDemand: named.filter(([name]) => !core.has(name)).map(([, file]) => file),
  };
}

const sizeOf = (files: readonly BundleFile[]): number =>
  files.reduce((sum, { text }) => sum + gzipSync(text, { level: 9 }).length, 0);
const inputsOf = (files: readonly BundleFile[]): string => files.flatMap(({ inputs }) => inputs).join('\n');

describe('the bundle for browsers', () => {
  it('has links, records and the IndexedDB storage in at most 35 kB gzip, and crates apart', async () => {
    const { core, onDemand } = await bundle();
    console.log(`gzip: core ${sizeOf(core)} B, crates on demand ${sizeOf(onDemand)} B`);
    expect(sizeOf(core)).toBeLessThanOrEqual(coreSizeMax);
    expect(inputsOf(core)).toContain('records/record-follow.ts');
    expect(inputsOf(core)).toContain('storage/indexeddb.ts');
    expect(inputsOf(core)).not.toMatch(/@hpke|src\/sealing|crate-service|node_modules\/ws|open-socket-node/);
    expect(inputsOf(onDemand)).toContain('crates/crate-service.ts');
    expect(inputsOf(onDemand)).toContain('@hpke');
    expect(inputsOf(onDemand)).not.toContain('node_modules/ws');
  });
});
