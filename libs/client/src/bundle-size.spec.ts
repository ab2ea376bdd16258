/** What a browser downloads before anything is shown: a budget that is enforced. */
import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundleInChunks, type BundleFile } from '../test/browser-bundle.js';

const kB = 1000;
const coreSizeMax = 35 * kB;
/** Beside what is loaded for crates as well. */
const overlaySizeMax = 52 * kB;
const program = `
  import { createClient } from './index.js';
  import { indexedDbStorage } from './indexeddb.js';
  globalThis.holdfast = { createClient, indexedDbStorage };
`;

/** What a page loads at first, for the overlay, and on demand in all. */
async function bundle(): Promise<Record<'core' | 'overlay' | 'onDemand', readonly BundleFile[]>> {
  const files = await bundleInChunks(program, fileURLToPath(new URL('.', import.meta.url)), ['source']);
  const core = new Set<string>();
  const load = (name: string): void => {
    if (core.has(name)) return;
    core.add(name);
    files.get(name)!.loads.forEach(load);
  };
  load('page.js');
  const overlay = new Set<string>();
  const loadOverlay = (name: string): void => {
    if (core.has(name) || overlay.has(name)) return;
    overlay.add(name);
    files.get(name)!.loads.forEach(loadOverlay);
  };
  const named = [...files];
  const isOverlay = ({ inputs }: BundleFile): boolean =>
    inputs.some((path) => path.endsWith('overlay/overlay.ts'));
  loadOverlay(named.find(([, file]) => isOverlay(file))![0]);
  const filesOf = (isWanted: (name: string) => boolean): BundleFile[] =>
    named.filter(([name]) => isWanted(name)).map(([, file]) => file);
  return {
    core: filesOf((name) => core.has(name)),
    overlay: filesOf((name) => overlay.has(name)),
    onDemand: filesOf((name) => !core.has(name)),
  };
}

const sizeOf = (files: readonly BundleFile[]): number =>
  files.reduce((sum, { text }) => sum + gzipSync(text, { level: 9 }).length, 0);
const inputsOf = (files: readonly BundleFile[]): string => files.flatMap(({ inputs }) => inputs).join('\n');

describe('the bundle for browsers', () => {
  it('has links, records and the IndexedDB storage in at most 35 kB gzip, and crates and the overlay apart', async () => {
    const { core, overlay, onDemand } = await bundle();
    console.log(
      `gzip: core ${sizeOf(core)} B, overlay ${sizeOf(overlay)} B, on demand ${sizeOf(onDemand)} B in all`,
    );
    expect(sizeOf(core)).toBeLessThanOrEqual(coreSizeMax);
    expect(inputsOf(core)).toContain('records/record-follow.ts');
    expect(inputsOf(core)).toContain('storage/indexeddb.ts');
    expect(inputsOf(core)).not.toMatch(
      /@hpke|src\/sealing|src\/crates\/envelope|crate-service|libs\/dht|src\/nodes|node_modules\/ws|open-socket-node/,
    );
    expect(sizeOf(overlay)).toBeLessThanOrEqual(overlaySizeMax);
    expect(inputsOf(overlay)).toContain('links/webrtc-links.ts');
    expect(inputsOf(overlay)).not.toMatch(/@hpke|crate-service|datachannel/);
    expect(inputsOf(onDemand)).toContain('crates/crate-service.ts');
    expect(inputsOf(onDemand)).toContain('@hpke');
    expect(inputsOf(onDemand)).not.toContain('node_modules/ws');
  });
});
