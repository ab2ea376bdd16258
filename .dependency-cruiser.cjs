/**
 * Who may import whom (docs/ARCHITECTURE.md). A package is a wall: others come in by its `exports` only, which
 * Node enforces; this file enforces which packages may be named at all, that there are no cycles, and that what runs in
 * browsers imports nothing of Node's.
 */
const allowedImports = {
  'libs/protocol': [],
  'libs/reconcile': [],
  'libs/gossip': ['libs/protocol', 'libs/reconcile'],
  'libs/dht': ['libs/protocol'],
  'libs/simulation': ['libs/protocol', 'libs/reconcile', 'libs/gossip', 'libs/dht'],
  'libs/client': ['libs/protocol', 'libs/dht'],
  'libs/testing': ['libs/protocol', 'libs/client', 'apps/archive'],
  'apps/archive': ['libs/protocol', 'libs/reconcile', 'libs/gossip'],
  'apps/cli': ['libs/protocol', 'libs/client'],
};

const specs = 'spec\\.ts$|/test/';
const nodeOnlyInClient = '^libs/client/src/(node|storage/file)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(allowedImports).map(([from, allowed]) => ({
      name: `walls-of-${from.replace('/', '-')}`,
      comment: `${from} may import only: ${allowed.join(', ') || 'nothing of ours'}.`,
      severity: 'error',
      from: { path: `^${from}/src`, pathNot: specs },
      to: {
        path: '^(libs|apps|bench|tools)/',
        pathNot: [`^${from}/`, ...allowed.map((folder) => `^${folder}/`)],
      },
    })),
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or a third is missing.',
      severity: 'error',
      from: { pathNot: 'generated/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'browsers-have-no-node',
      comment: 'The pure libraries and the core of libs/client run in browsers.',
      severity: 'error',
      from: {
        path: '^libs/(protocol|reconcile|gossip|dht|simulation|client)/src',
        pathNot: [specs, nodeOnlyInClient],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'features-do-not-reach-into-repositories',
      comment: "A feature uses another feature's service, never its repository.",
      severity: 'error',
      from: { path: '^apps/archive/src/([^/]+)/', pathNot: specs },
      to: { path: '^apps/archive/src/[^/]+/.*repository\\.ts$', pathNot: '^apps/archive/src/$1/' },
    },
    {
      name: 'nothing-unresolvable',
      comment:
        'nostr-tools (a test uses it) names files for the condition `source` that it does not ship. What the bench dht ' +
        'compares with is installed when it is asked for.',
      severity: 'error',
      from: { pathNot: '^bench/peers/' },
      to: { couldNotResolve: true, pathNot: '^nostr-tools$' },
    },
    {
      name: 'no-test-code-in-programs',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src', pathNot: [specs, '^libs/testing/'] },
      to: { path: specs },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|dist|generated' },
    exclude: { path: '(^|/)dist/|\\.d\\.ts$' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
