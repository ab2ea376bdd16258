/** What a browser downloads before anything is shown: a budget that is enforced (docs/ARCHITECTURE.md). */
import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const kB = 1000;
const coreSizeMax = 35 * kB;

interface Chunk {
  readonly gzipBytes: number;
  readonly text: string;
  readonly inputs: readonly string[];
}

/** The chunk that a page loads at first, and those that it loads when crates are needed. */
async function bundle(program: string): Promise<{ core: readonly Chunk[]; onDemand: readonly Chunk[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['source'],
    outdir: '/bundle',
    entryNames: 'core',
    logLevel: 'silent',
  });
  const chunks = new Map(
    Object.entries(metafile.outputs).map(([path, { inputs, imports }]) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const text = outputFiles.find((file) => file.path.endsWith(`/${name}`))!.text;
      const chunk = { gzipBytes: gzipSync(text, { level: 9 }).length, text, inputs: Object.keys(inputs) };
      const loaded = imports.filter(({ kind }) => kind === 'import-statement');
      return [name, { chunk, loaded: loaded.map((one) => one.path.slice(one.path.lastIndexOf('/') + 1)) }];
    }),
  );
  const core = new Set<string>();
  const load = (name: string): void => {
    if (core.has(name)) return;
    core.add(name);
    chunks.get(name)!.loaded.forEach(load);
  };
  load('core.js');
  const named = [...chunks].map(([name, { chunk }]) => ({ name, chunk }));
  return {
    core: named.filter(({ name }) => core.has(name)).map(({ chunk }) => chunk),
    onDemand: named.filter(({ name }) => !core.has(name)).map(({ chunk }) => chunk),
  };
}

const sizeOf = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
const inputsOf = (chunks: readonly Chunk[]): string => chunks.flatMap(({ inputs }) => inputs).join('\n');

describe('the bundle for browsers', () => {
  it('has links, records and the IndexedDB storage in at most 35 kB gzip, and crates in chunks of their own', async () => {
    const { core, onDemand } = await bundle(`
      import { createClient } from './index.js';
      import { indexedDbStorage } from './indexeddb.js';
      globalThis.holdfast = { createClient, indexedDbStorage };
    `);
    console.log(
      `core ${sizeOf(core)} B, on demand ${onDemand.map(({ gzipBytes }) => gzipBytes).join(' + ')} B (gzip)`,
    );
    expect(sizeOf(core)).toBeLessThanOrEqual(coreSizeMax);
    expect(inputsOf(core)).toContain('records/record-follow.ts');
    expect(inputsOf(core)).not.toMatch(/@hpke|sealing|crate-service|node_modules\/ws|open-socket-node/);
    expect(inputsOf(onDemand)).toMatch(/@hpke[\s\S]*crates\/crate-service/);
    expect(inputsOf(onDemand)).not.toMatch(/node_modules\/ws/);
  });
});
