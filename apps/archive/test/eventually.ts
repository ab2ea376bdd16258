/** Waits for what another process will have done soon. */
const everyMs = 25;

/** The first answer that satisfies the condition; asks again and again, and leaves it to the test's time limit to end. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  isSo: (value: Value) => boolean,
): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
