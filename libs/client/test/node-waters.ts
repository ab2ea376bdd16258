/** Direct deliveries over whole nodes of the overlay, whose messages never leave the process. */
import { DhtNode, Key, mailboxPlace, dayOf, type Contact, type Effect } from '@holdfast/dht';
import { mailboxDayKey } from '@holdfast/protocol';
import type { Clock } from '../src/index.js';
import { OverlayDelivery, type DeliveringOverlay } from '../src/overlay/direct/overlay-delivery.js';
import type { DirectDelivery } from '../src/overlay/direct/direct-delivery.js';
import { Deliveries } from '../src/overlay/node/deliveries.js';
import { NodeShell } from '../src/overlay/node/node-shell.js';
import { Stores } from '../src/overlay/node/stores.js';
import { ItemVerification } from '../src/overlay/records/item-verification.js';
import { Retractions } from '../src/overlay/records/retractions.js';
import { Searches } from '../src/overlay/retrieval/searches.js';
import { idOf } from './coast.js';
import type { Waters } from './direct-delivery-contract.js';

/** Remembers for which places it has heard how many nodes hold what was brought there last. */
class CountedStores extends Stores {
  readonly brought = new Map<string, number>();
  /** How often it was asked to bring something. */
  count = 0;
  ended = 0;

  override async store(...what: Parameters<Stores['store']>): Promise<number> {
    this.count++;
    const copies = await super.store(...what);
    this.brought.set(what[0].key.text, copies);
    this.ended++;
    return copies;
  }
}

export class NodeEnd implements DeliveringOverlay {
  readonly deliveries = new Deliveries();
  readonly searches = new Searches();
  readonly stores = new CountedStores(() => this.shell);
  readonly shell: NodeShell;
  readonly direct: OverlayDelivery;
  isRelayed = true;
  /** Whether it refuses to hold anything, as one that is full. */
  isFull = false;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly waters: NodeWaters,
    readonly contact: Contact,
    clock: Clock,
  ) {
    const node = new DhtNode({
      self: contact,
      role: 'server',
      random: () => Math.random(),
      nowMs: clock.now(),
    });
    const verification = new ItemVerification({
      clock,
      aheadSeconds: () => 0,
      retractions: new Retractions(),
      soughtMailbox: (place) => this.searches.mailboxAt(place),
      letGo: () => undefined,
    });
    this.shell = new NodeShell(node, clock, {
      carry: (effect) => this.#carry(effect, verification),
      settled: () => undefined,
      broke: (error) => {
        throw error;
      },
    });
    this.direct = new OverlayDelivery(this, clock);
  }

  get reachable(): this | undefined {
    return this.waters.isOpen ? this : undefined;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #carry(effect: Effect, verification: ItemVerification): void {
    const tell: NodeShell['tell'] = (call) => this.shell.tell(call);
    switch (effect.do) {
      case 'send':
        return void setImmediate(() => this.waters.bring(this, effect.to, effect.message));
      case 'verify':
        void verification
          .verify(effect.item, effect.belongs, effect.from)
          .then((verdict) => tell((node, nowMs) => node.verified(effect.check, verdict, nowMs)));
        return;
      case 'hint':
        tell((node, nowMs) => node.hinted(effect.search, effect.target, [], nowMs));
        return;
      case 'found':
        return this.searches.found(effect, this.shell);
      case 'stored':
        return this.stores.stored(effect);
      case 'deliver':
        return void this.deliveries.arrived(effect, this.shell);
      case 'delivered':
        return this.deliveries.delivered(effect);
    }
  }
}

export class NodeWaters implements Waters {
  isOpen = true;
  readonly nodes: NodeEnd[] = [];

  static async fill(count: number, clock: Clock): Promise<NodeWaters> {
    const waters = new NodeWaters(clock);
    for (let i = 0; i < count; i++) {
      const bytes = crypto.getRandomValues(new Uint8Array(32));
      waters.nodes.push(new NodeEnd(waters, { id: new Key(bytes), archive: idOf(i + 1) }, clock));
    }
    const contacts = waters.nodes.map(({ contact }) => contact);
    for (const { shell } of waters.nodes) shell.tell((node, nowMs) => node.learn(contacts, 'hint', nowMs));
    const areAcquainted = (): boolean =>
      waters.nodes.every(({ shell }) => shell.node.status.contacts === count - 1);
    while (!areAcquainted()) await turn();
    for (const node of waters.nodes) node.changed();
    return waters;
  }

  private constructor(private readonly clock: Clock) {}

  get ends(): readonly DirectDelivery[] {
    return this.nodes.map(({ direct }) => direct);
  }

  open(isOpen: boolean): void {
    this.isOpen = isOpen;
    for (const node of this.nodes) node.changed();
  }

  bring(from: NodeEnd, to: Contact, message: Extract<Effect, { do: 'send' }>['message']): void {
    const receiver = this.nodes.find(({ contact }) => contact.id.equals(to.id));
    if (receiver === undefined || !this.isOpen) return;
    if (receiver.isFull && message.kind === 'store') {
      const refusal = { kind: 'refused', n: message.n, code: 'full' } as const;
      from.shell.tell((node, nowMs) =>
        node.received({ ...receiver.contact, role: 'server' }, refusal, nowMs),
      );
      return;
    }
    receiver.shell.tell((node, nowMs) => node.received({ ...from.contact, role: 'server' }, message, nowMs));
  }

  async announced(mailbox: string, by: DirectDelivery): Promise<void> {
    const { stores } = this.nodes.find(({ direct }) => direct === by)!;
    const day = dayOf(Math.floor(this.clock.now() / 1000));
    const { key } = mailboxPlace((await mailboxDayKey(mailbox, day)).publicKey);
    while (!stores.brought.has(key.text)) await turn();
  }

  close(): void {
    for (const { direct, shell } of this.nodes) {
      direct.close();
      shell.stop();
    }
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
