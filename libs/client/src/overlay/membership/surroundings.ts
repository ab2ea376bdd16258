/**
 * What keeps a client from serving: a page that nobody sees, which its browser slows down and may end, and a network that
 * somebody pays for by what goes over it. Elsewhere than in a page there is neither.
 */
interface Connection {
  readonly saveData?: boolean;
  readonly type?: string;
  addEventListener?(type: 'change', listener: () => void): void;
  removeEventListener?(type: 'change', listener: () => void): void;
}

export interface Surroundings {
  /** Whether a client here may serve. */
  mayServe(): boolean;
  /** Calls back when that may have changed. Answers what takes it off again. */
  onChange(listener: () => void): () => void;
}

export const platformSurroundings: Surroundings = {
  mayServe: () => !isHidden() && !isMetered(),
  onChange(listener) {
    const connection = networkConnection();
    if (typeof document !== 'undefined') document.addEventListener('visibilitychange', listener);
    connection?.addEventListener?.('change', listener);
    return () => {
      if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', listener);
      connection?.removeEventListener?.('change', listener);
    };
  },
};

const isHidden = (): boolean => typeof document !== 'undefined' && document.visibilityState === 'hidden';

function isMetered(): boolean {
  const connection = networkConnection();
  return connection?.saveData === true || connection?.type === 'cellular';
}

/** Not every platform has it, and none has all of it. */
const networkConnection = (): Connection | undefined =>
  (globalThis.navigator as (Navigator & { connection?: Connection }) | undefined)?.connection;
