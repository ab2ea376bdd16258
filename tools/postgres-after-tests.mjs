/** jest's globalTeardown: stops what tools/postgres-for-tests.mjs has started. */
export default async function globalTeardown() {
  await globalThis.stopPostgresForTests?.();
  globalThis.stopPostgresForTests = undefined;
}
