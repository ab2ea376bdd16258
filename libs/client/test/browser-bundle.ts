/** Bundles a program as a web application does: minified, with a chunk for everything that is loaded on demand. */
import { build } from 'esbuild';

export interface BundleFile {
  readonly text: string;
  /** The modules in it, as paths. */
  readonly inputs: readonly string[];
  /** The files that are loaded with it; what it loads on demand is not among them. */
  readonly loads: readonly string[];
}

/**
 * The files by their names, of which `page.js` comes first.
 * @param conditions further conditions of `exports`: none takes what was built, `source` the TypeScript
 */
export async function bundleInChunks(
  program: string,
  resolveFolder: string,
  conditions: readonly string[] = [],
): Promise<ReadonlyMap<string, BundleFile>> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: resolveFolder, loader: 'ts' },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: [...conditions],
    outdir: '/bundle',
    entryNames: 'page',
    logLevel: 'silent',
  });
  const texts = new Map(outputFiles.map((file) => [nameOf(file.path), file.text]));
  return new Map(
    Object.entries(metafile.outputs).map(([path, { inputs, imports }]) => {
      const loads = imports.filter(({ kind }) => kind === 'import-statement').map((one) => nameOf(one.path));
      return [nameOf(path), { text: texts.get(nameOf(path))!, inputs: Object.keys(inputs), loads }];
    }),
  );
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
