/**
 * The order in which jest takes the test files: those that take longest first, whose sources are too short to tell, then
 * by size. The last files to be taken are quick then, and no worker waits for another's long one.
 */
const slowest = ['/bench/src/demo/crates/', '/libs/simulation/test/archives/'];

export default class SlowestFirst {
  sort(tests) {
    const ranked = tests.map((test) => ({ test, rank: rankOf(test.path), sizeBytes: sizeOf(test) }));
    return ranked.sort((a, b) => a.rank - b.rank || b.sizeBytes - a.sizeBytes).map(({ test }) => test);
  }

  allFailedTests() {
    throw new Error('Nothing is remembered of earlier runs: --onlyFailures is not for this project.');
  }

  cacheResults() {}
}

function rankOf(path) {
  const rank = slowest.findIndex((folder) => path.includes(folder));
  return rank < 0 ? slowest.length : rank;
}

const sizeOf = ({ path, context }) => context.hasteFS.getSize(path) ?? 0;
