/**
 * A real Chromium for tests, and pages for it. The browser is the system's own (environment CHROMIUM, or `chromium` on
 * the path), driven by playwright-core, which downloads nothing. Pages come from 127.0.0.1, which browsers count as a
 * secure context: without one they have no WebCrypto.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { chromium, type Browser } from 'playwright-core';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param more further flags of its command line */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: [...flags, ...more], timeout: 0 });
}

/**
 * A page that offers the addresses of this machine to other pages, also where loopback is all that there is: pages that
 * may not use the microphone hide them behind names that only a local network resolves.
 */
export const loopbackLinks = {
  flags: ['--allow-loopback-in-peer-connection'],
  context: { permissions: ['microphone'] },
} as const;

function chromiumPath(): string {
  if (process.env['CHROMIUM'] !== undefined) return process.env['CHROMIUM'];
  try {
    return execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new Error('No chromium was found: install it, or name it in CHROMIUM.', { cause });
  }
}

export interface ServedPage {
  /** Ends with a slash; answers `index.html`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves files by their paths (`/page.js`), from memory, on a free port of 127.0.0.1. Without an `/index.html` among
 * them, an empty page stands there that loads `/page.js` as a module.
 */
export async function servePage(files: Readonly<Record<string, string | Uint8Array>>): Promise<ServedPage> {
  const served = new Map(Object.entries({ '/index.html': emptyPage, ...files }));
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    const file = served.get(path === '/' ? '/index.html' : path);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': mediaTypeOf(path), 'cache-control': 'no-store' }).end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const emptyPage =
  '<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="/page.js"></script>';

function mediaTypeOf(path: string): string {
  if (path.endsWith('.js')) return 'text/javascript; charset=utf-8';
  if (path.endsWith('.json')) return 'application/json';
  if (path.endsWith('.css')) return 'text/css; charset=utf-8';
  return path.endsWith('.html') || path === '/' ? 'text/html; charset=utf-8' : 'application/octet-stream';
}

/**
 * Bundles ES module source for a browser, minified, as one file.
 * @param resolveFolder absolute path of the folder from which its imports are looked up
 * @param conditions further `exports` conditions: none takes what was built, `source` the TypeScript
 */
export async function bundleForBrowser(
  source: string,
  resolveFolder: string,
  conditions: readonly string[] = [],
): Promise<string> {
  const result = await build({
    stdin: { contents: source, resolveDir: resolveFolder, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: [...conditions],
    logLevel: 'silent',
  });
  return result.outputFiles[0]!.text;
}
