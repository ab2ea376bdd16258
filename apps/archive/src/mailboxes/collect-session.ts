/**
 * One `collect` on one connection (spec/crates.md, "Collecting"): hands crates over in the order of arrival, never more
 * of them unanswered than its window holds. A crate that stays unanswered until its next attempt is due gives its
 * place to crates that have not been handed over yet, so that one that its owner cannot read blocks no other. To an owner
 * who has everything else, a crate that comes is handed from memory; the table has the last word on what else is there.
 */
import type { Connection } from '../gateway/operations.js';
import { archiveLimits } from '../limits.js';
import type { CollectTurns } from './collect-turns.js';
import type { Attempt, Room, WaitingBatch, WaitingCrate } from './waiting-crates.repository.js';

/** What a session needs of the repository. */
export interface WaitingCrates {
  after(mailbox: string, seq: string, room: Room, nowMs: number): Promise<WaitingBatch>;
  due(
    mailbox: string,
    seq: string,
    room: Room,
    nowMs: number,
    inHand: readonly string[],
  ): Promise<WaitingBatch>;
}

/** A crate that has been committed just now. */
export interface ArrivedCrate {
  readonly id: string;
  readonly envelope: Uint8Array;
  /** Its place in the order of arrival within the mailbox. */
  readonly seq: string;
}

export interface CollectSessionInit {
  readonly mailbox: string;
  /** The number of the request, which every `crate` frame carries. */
  readonly n: number;
  readonly connection: Pick<Connection, 'send' | 'isDrained'>;
  /** Those of the connection, which all of its sessions share. */
  readonly turns: CollectTurns;
  readonly waiting: WaitingCrates;
  /** When a crate that has been handed over this often before is due again. */
  readonly nextAttemptAt: (attempts: number, nowMs: number) => number;
  /** Called when it may hand over a batch. */
  readonly onTurn: () => void;
}

interface Unanswered {
  readonly bytes: number;
  readonly nextAt: number;
}

export class CollectSession {
  /** Everything up to here has been handed over at least once, as far as this session knows. */
  private seq = '0';
  /** What has come just now, for an owner who has everything before it. */
  private readonly arriving = new Map<string, ArrivedCrate>();
  /** Since the last sweep, without a look at the table: what another process took in may lie before it. */
  private hasHandedUnread = false;
  private readonly unanswered = new Map<string, Unanswered>();
  private unansweredBytes = 0;
  /** What may wait: crates that have not been handed over yet, and such that are due for another attempt. */
  private checkedAt = 0;
  private readonly mayWait = { after: true, due: false };
  /** Waited for, or what ends it. */
  private turn: 'awaited' | (() => void) | undefined;
  private over = false;

  constructor(private readonly init: CollectSessionInit) {}

  get isOver(): boolean {
    return this.over;
  }

  /** When the first of the unanswered crates is due again. */
  get nextAt(): number | undefined {
    let first: number | undefined;
    for (const { nextAt } of this.unanswered.values())
      if (first === undefined || nextAt < first) first = nextAt;
    return first;
  }

  /**
   * Looks for what nothing has told of: a crate that has come by another process or by a commit whose end nobody saw,
   * one in hand whose time has come, and now and then whatever else the table says is due.
   * @param newest the place of the newest crate that waits in the mailbox
   */
  sweep(nowMs: number, newest: string | undefined): void {
    if (newest !== undefined && BigInt(newest) > BigInt(this.seq)) this.arrived();
    const { nextAt } = this;
    const isLongAgo = this.seq !== '0' && nowMs - this.checkedAt >= archiveLimits.deliveryRecheckMs;
    if (isLongAgo || this.hasHandedUnread || (nextAt !== undefined && nextAt <= nowMs)) this.retry();
    this.hasHandedUnread = false;
  }

  /** @param stored the crates that came, unless only the table has them */
  arrived(stored: readonly ArrivedCrate[] = []): void {
    const hasRoom = this.arriving.size + stored.length <= archiveLimits.collectBatchCratesMax;
    if (this.mayWait.after || stored.length === 0 || !hasRoom) {
      this.arriving.clear();
      this.mayWait.after = true;
      return;
    }
    for (const crate of stored) this.arriving.set(crate.id, crate);
  }

  retry(): void {
    this.mayWait.due = true;
  }

  /** The crate has left the archive, answered here or elsewhere. */
  left(id: string): void {
    this.arriving.delete(id);
    const known = this.unanswered.get(id);
    if (known === undefined) return;
    this.unanswered.delete(id);
    this.unansweredBytes -= known.bytes;
  }

  end(): void {
    this.over = true;
    this.endTurn();
  }

  /** Hands over one batch of what fits when it is its turn, or asks for a turn, and answers what was handed over. */
  async fill(nowMs: number): Promise<Attempt[]> {
    if (this.over) return [];
    if (this.mayWait.due) this.makeRoom(nowMs);
    const arrived = this.takeArriving();
    if (arrived.length > 0) return this.hand(arrived, nowMs);
    if (typeof this.turn !== 'function') {
      this.askForTurn();
      return [];
    }
    try {
      const attempts = await this.batch(nowMs);
      this.endTurn();
      this.askForTurn();
      return attempts;
    } finally {
      this.endTurn();
    }
  }

  private async batch(nowMs: number): Promise<Attempt[]> {
    const { mailbox, waiting } = this.init;
    const fresh = await this.read('after', this.room([]), (room) =>
      waiting.after(mailbox, this.seq, room, nowMs),
    );
    const again = await this.read('due', this.room(fresh), (room) => {
      this.checkedAt = nowMs;
      return waiting.due(mailbox, this.seq, room, nowMs, [...this.unanswered.keys()]);
    });
    return this.over ? [] : this.hand([...fresh, ...again], nowMs);
  }

  /** In the order in which they came, all of them or none: what does not fit is read from the table in its turn. */
  private takeArriving(): WaitingCrate[] {
    const crates = [...this.arriving.values()].filter(({ seq }) => BigInt(seq) > BigInt(this.seq));
    this.arriving.clear();
    if (crates.length === 0 || this.mayWait.after) return [];
    const room = this.room([]);
    const bytes = crates.reduce((sum, { envelope }) => sum + envelope.length, 0);
    if (!this.init.connection.isDrained || crates.length > room.crates || bytes > room.bytes) {
      this.mayWait.after = true;
      return [];
    }
    this.hasHandedUnread = true;
    return crates.map((crate) => ({ ...crate, envelope: asBuffer(crate.envelope), attempts: 0 }));
  }

  private async read(
    what: 'after' | 'due',
    room: Room,
    ask: (room: Room) => Promise<WaitingBatch>,
  ): Promise<readonly WaitingCrate[]> {
    if (!this.mayWait[what] || room.crates <= 0 || room.bytes <= 0) return [];
    // Before the read: what arrives while it is under way has to be read again.
    this.mayWait[what] = false;
    try {
      const { crates, more } = await ask(room);
      if (more) this.mayWait[what] = true;
      return crates;
    } catch (error) {
      this.mayWait[what] = true;
      throw error;
    }
  }

  private hand(crates: readonly WaitingCrate[], nowMs: number): Attempt[] {
    if (crates.length === 0) return [];
    const { connection, n, nextAttemptAt } = this.init;
    const attempts = crates.map(({ id, envelope, attempts: before, seq }) => {
      connection.send({ op: 'crate', n, crate: id, envelope: envelope.toString('base64url') });
      const nextAt = nextAttemptAt(before, nowMs);
      this.left(id);
      this.unanswered.set(id, { bytes: envelope.length, nextAt });
      this.unansweredBytes += envelope.length;
      if (BigInt(seq) > BigInt(this.seq)) this.seq = seq;
      return { id, attempts: before + 1, nextAt };
    });
    return attempts;
  }

  /** When there may be something to hand over, and room for it. */
  private askForTurn(): void {
    const { crates, bytes } = this.room([]);
    const isWanted = (this.mayWait.after || this.mayWait.due) && crates > 0 && bytes > 0;
    if (!isWanted || this.turn !== undefined || this.over) return;
    this.turn = 'awaited';
    void this.init.turns.take().then((end) => {
      if (this.over) return end();
      this.turn = end;
      this.init.onTurn();
    });
  }

  private endTurn(): void {
    if (typeof this.turn !== 'function') return;
    this.turn();
    this.turn = undefined;
  }

  /** What a batch may take beside what is in hand. */
  private room(inHand: readonly WaitingCrate[]): Room {
    const { collectBatchCratesMax, collectBatchBytesMax, collectWindowCratesMax, collectWindowBytesMax } =
      archiveLimits;
    const handBytes = inHand.reduce((sum, { envelope }) => sum + envelope.length, 0);
    return {
      crates: Math.min(collectBatchCratesMax, collectWindowCratesMax - this.unanswered.size) - inHand.length,
      bytes: Math.min(collectBatchBytesMax, collectWindowBytesMax - this.unansweredBytes) - handBytes,
    };
  }

  private makeRoom(nowMs: number): void {
    for (const [id, { nextAt }] of this.unanswered) {
      if (nextAt <= nowMs) this.left(id);
    }
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
