/**
 * An archive in memory that does what a test tells it to: answer late, answer wrongly, hang up. For what a real
 * archive does not do when asked. It speaks frames over sockets that never leave the process.
 */
import {
  encodeBase64url,
  matchesFilter,
  parseRelayedFrame,
  parseRequest,
  valueOf,
  verifyRecord,
  type Answer,
  type CrateStatus,
  type HoldfastRecord,
  type RelayedFrame,
  type Request,
  type RequestOf,
  type RequestOp,
  type Scope,
} from '@holdfast/protocol';
import type { OpenSocket, SocketMessage } from '../src/index.js';

type Handlers = {
  [Op in RequestOp]?: (request: RequestOf<Op>, say: (saying: Saying) => void) => void | Promise<void>;
};

/** An answer, or a binary message. */
export type Saying = Answer | Uint8Array<ArrayBuffer>;

interface Connection {
  say(saying: Saying): void;
  hangUp(): void;
  /** The follows that are open, by number. */
  readonly follows: Map<number, RequestOf<'follow'>>;
}

export class ScriptedArchive {
  /** Replaces what the archive does on some requests. */
  handlers: Handlers = {};
  /** Refuses new connections while it is down. */
  isDown = false;
  /** What it says that it keeps, to those who connect from now on; nothing when undefined. */
  scope: Scope | undefined;
  horizon: number | undefined;
  /** Its clock, milliseconds since 1970. */
  now: () => number = () => Date.now();
  /** Called whenever it has heard or said something. */
  happened: () => void = () => undefined;
  readonly requests: Request[] = [];
  readonly log: HoldfastRecord[] = [];
  readonly #connections = new Set<Connection>();

  constructor(
    /** Another one when it has been set up anew. */
    public id: string,
    readonly url: string,
  ) {}

  /** Connects by URL to the archives that are given. */
  static network(...archives: readonly ScriptedArchive[]): OpenSocket {
    return (url, events) => {
      const archive = archives.find((one) => url.startsWith(one.url.replace('http', 'ws')));
      let isOpen = true;
      const end = (): void => {
        if (!isOpen) return;
        isOpen = false;
        if (connection !== undefined) archive?.leave(connection);
        queueMicrotask(() => events.closed('The connection ended.'));
      };
      const connection =
        archive?.isDown === false
          ? archive.join((message) => isOpen && events.received(message), end)
          : undefined;
      if (connection === undefined) end();
      return { send: (message) => void (isOpen && archive!.hear(message, connection!)), close: end };
    };
  }

  protected get clockSeconds(): number {
    return this.now() / 1000;
  }

  join(tell: (message: SocketMessage) => void, hangUp: () => void): Connection {
    const say = (saying: Saying): void =>
      queueMicrotask(() => {
        tell(saying instanceof Uint8Array ? saying : JSON.stringify(saying));
        this.happened();
      });
    const connection = { say, hangUp, follows: new Map<number, RequestOf<'follow'>>() };
    this.#connections.add(connection);
    const challenge = encodeBase64url(new Uint8Array(32));
    say({
      op: 'hello',
      archive: this.id,
      version: 'scripted',
      challenge,
      time: this.clockSeconds,
      ...(this.scope === undefined ? {} : { scope: this.scope }),
      ...(this.horizon === undefined ? {} : { horizon: this.horizon }),
    });
    return connection;
  }

  leave(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** A frame for another node has come: nobody is there. */
  protected relay(_frame: RelayedFrame, _say: Connection['say']): void {}

  hangUp(): void {
    for (const { hangUp } of this.#connections) hangUp();
  }

  /** Commits a record, and tells followers of it. */
  commit(record: HoldfastRecord): void {
    if (this.log.some(({ id }) => id === record.id)) return;
    this.log.push(record);
    for (const { follows, say } of this.#connections) {
      for (const [n, { filter }] of follows) {
        if (!matchesFilter(filter, record)) continue;
        say({ op: 'entries', n, entries: [{ cursor: String(this.log.length), record: record.jws }] });
      }
    }
  }

  hear(message: SocketMessage, connection: Connection): void {
    if (typeof message !== 'string') return this.relay(valueOf(parseRelayedFrame(message)), connection.say);
    const parsed = parseRequest(message);
    if (!parsed.ok) throw new Error(parsed.detail);
    const request = parsed.value;
    this.requests.push(request);
    queueMicrotask(() => this.happened());
    const scripted = this.handlers[request.op] as
      ((request: Request, say: Connection['say']) => void) | undefined;
    if (scripted !== undefined) return scripted(request, connection.say);
    void this.#answer(request, connection);
  }

  async #answer(request: Request, { say, follows }: Connection): Promise<void> {
    const { n } = request;
    switch (request.op) {
      case 'publish': {
        const verified = await verifyRecord(request.record, this.now() / 1000);
        if (!verified.ok) return say({ op: 'error', n, ...verified, retryable: false });
        const isKnown = this.log.some(({ id }) => id === verified.value.id);
        this.commit(verified.value);
        return say({ op: 'published', n, id: verified.value.id, status: isKnown ? 'known' : 'stored' });
      }
      case 'get': {
        const found = this.log.find(({ id }) => id === request.id);
        if (found !== undefined) return say({ op: 'record', n, record: found.jws });
        return say({ op: 'error', n, code: 'record-not-found', detail: 'Not here.', retryable: false });
      }
      case 'query': {
        const found = this.log.filter((record) => matchesFilter(request.filter, record)).toReversed();
        return say({ op: 'page', n, records: found.map(({ jws }) => jws) });
      }
      case 'follow': {
        const from = request.cursor ?? (request.filter.since === undefined ? this.log.length : 0);
        follows.set(n, request);
        const entries = this.log
          .map((record, i) => ({ cursor: String(i + 1), record: record.jws, members: record }))
          .slice(Number(from))
          .filter(({ members }) => matchesFilter(request.filter, members))
          .map(({ cursor, record }) => ({ cursor, record }));
        if (entries.length > 0) say({ op: 'entries', n, entries });
        return say({ op: 'caught-up', n, cursor: String(this.log.length) });
      }
      case 'cancel':
        follows.delete(request.target);
        return say({ op: 'ended', n: request.target });
      case 'status': {
        const statuses = request.crates.map((crate): CrateStatus => ({ crate, status: 'unknown' }));
        return say({ op: 'statuses', n, statuses });
      }
      default:
        return say({ op: 'error', n, code: 'unavailable', detail: 'Not scripted.', retryable: true });
    }
  }
}
