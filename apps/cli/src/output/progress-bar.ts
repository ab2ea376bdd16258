/** A bar on stderr for work that takes long: drawn at most ten times a second, and not at all where nobody looks. */
const drawEveryMs = 100;
const barWidth = 24;

export class ProgressBar {
  #drawnAt = 0;
  #startedAt = 0;
  #label = '';
  #isShown = false;

  constructor(
    private readonly stream: NodeJS.WritableStream & { readonly columns?: number },
    private readonly isEnabled: boolean,
  ) {}

  /** @param total undefined while it is not known */
  update(label: string, done: number, total?: number): void {
    if (!this.isEnabled) return;
    const now = performance.now();
    if (label !== this.#label) {
      this.#label = label;
      this.#startedAt = now;
    } else if (now - this.#drawnAt < drawEveryMs && done !== total) {
      return;
    }
    this.#drawnAt = now;
    this.#isShown = true;
    const line = describeProgress(label, done, total, (now - this.#startedAt) / 1000);
    this.stream.write(`\r${line.slice(0, (this.stream.columns ?? 80) - 1)}\u001b[K`);
  }

  /** Wipes the bar, so that what is printed next stands alone. */
  end(): void {
    if (this.#isShown) this.stream.write('\r\u001b[K');
    this.#isShown = false;
  }
}

export function describeProgress(
  label: string,
  done: number,
  total: number | undefined,
  seconds: number,
): string {
  const rate = seconds > 0.5 ? `  ${Math.round(done / seconds)}/s` : '';
  if (total === undefined || total === 0) return `${label} ${done}${rate}`;
  const share = Math.min(done / total, 1);
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const left = seconds > 0.5 && done > 0 ? `  ${Math.ceil((seconds / done) * (total - done))} s left` : '';
  return `${label} ${bar} ${done}/${total} ${Math.floor(share * 100)}%${rate}${left}`;
}
