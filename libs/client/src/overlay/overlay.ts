/**
 * This client's part in the overlay: joined at one of its archives, it is a node that finds with others what they hold and,
 * as a server, holds and answers for them (spec/dht.md). All of it goes on without the application, and whatever becomes
 * of it, the archives remain. What is handed out has been verified here.
 */
import { recordPlace, type Contact, type Place } from '@holdfast/dht';
import type { HoldfastRecord, QueryFilter } from '@holdfast/protocol';
import type { ClientEvents } from '../client.js';
import type { Clock } from '../clock.js';
import { problemOf } from '../errors.js';
import type { Listeners } from '../events.js';
import type { Archives } from '../link/archives.js';
import type { RecordCache } from '../records/record-cache.js';
import type { AskArchives, OverlayGet, OverlayQuery, RecordOverlay } from '../records/record-overlay.js';
import type { RecordOutbox } from '../records/record-outbox.js';
import type { FoundRecord, RecordPage } from '../records/records-contract.js';
import { Stopper, type StopSignal } from '../stopper.js';
import type { Storage } from '../storage/storage.js';
import { OverlayDelivery } from './direct/overlay-delivery.js';
import { overlayLimits } from './limits.js';
import type { ConnectionSettings } from './links/peer-connection.js';
import type { MakePeerLinks } from './links/peer-links.js';
import { webRtcLinks } from './links/webrtc-links.js';
import { Company } from './membership/company.js';
import { Home } from './membership/home.js';
import { keepContacts, readContacts } from './membership/kept-contacts.js';
import type { Membership } from './membership/membership.js';
import { openNodeKey, type NodeKey } from './membership/node-key.js';
import { Standing } from './membership/standing.js';
import { platformSurroundings, type Surroundings } from './membership/surroundings.js';
import { Deliveries } from './node/deliveries.js';
import { OverlayNode } from './node/overlay-node.js';
import type { OverlayChoice, OverlayStatus } from './overlay-contract.js';
import { ItemVerification } from './records/item-verification.js';
import { OwnRecords } from './records/own-records.js';
import { Retractions } from './records/retractions.js';
import { RecordRetrieval } from './retrieval/record-retrieval.js';
import { Searches } from './retrieval/searches.js';
import { statusOf } from './status.js';

export interface OverlayParts {
  readonly asked: OverlayChoice;
  readonly servesAfterMs: number | undefined;
  readonly peerLinks: MakePeerLinks | undefined;
  readonly directLinks: ConnectionSettings | 'off' | undefined;
  readonly storage: Storage;
  readonly archives: Archives;
  readonly outbox: RecordOutbox;
  readonly cache: RecordCache;
  readonly clock: Clock;
  readonly listeners: Listeners<ClientEvents>;
  readonly surroundings?: Surroundings;
}

export class Overlay implements RecordOverlay {
  readonly deliveries = new Deliveries();
  /** Crates from client to client. */
  readonly direct: OverlayDelivery;
  readonly searches = new Searches();
  readonly #closing = new Stopper();
  readonly #verification: ItemVerification;
  readonly #retractions = new Retractions();
  readonly #own: OwnRecords;
  readonly #retrieval: RecordRetrieval;
  readonly #standing: Standing;
  readonly #company: Company;
  readonly #waiting = new Set<() => void>();
  readonly #begun: Promise<void>;
  #home: Home | undefined;
  #key: NodeKey | undefined;
  #makeLinks: MakePeerLinks | undefined;
  #node: OverlayNode | undefined;
  /** Known from before, for a node that is only beginning. */
  #contacts: readonly Contact[] = [];
  #stopKeeping: () => void = () => undefined;
  #said = '';

  constructor(private readonly parts: OverlayParts) {
    const { archives, cache, clock } = parts;
    const aheadSeconds = (): number =>
      Math.max(0, ...archives.main.map(({ open }) => open?.aheadSeconds ?? 0));
    this.#verification = new ItemVerification({
      clock,
      aheadSeconds,
      retractions: this.#retractions,
      isSought: (place) => this.searches.isFor(place),
      letGo: (places, id) => {
        for (const place of places) {
          this.#node?.shell.tell((node, nowMs) => node.drop(place, id, nowMs));
        }
      },
    });
    this.#own = new OwnRecords(
      () => this.#node?.shell,
      (record) => this.#verification.itemOf(record),
    );
    this.#retrieval = new RecordRetrieval({
      clock,
      searches: this.searches,
      verification: this.#verification,
      keepAt: (place, record) => this.#keepAt(place, record),
      nodeWithin: async (waitMs, signal) => (await this.#nodeWithin(waitMs, signal))?.shell,
    });
    this.#standing = new Standing(
      parts.asked,
      parts.surroundings ?? platformSurroundings,
      parts.servesAfterMs ?? overlayLimits.servesAfterMs,
      clock,
      () => this.#roleChanged(),
    );
    this.#company = new Company({
      clock,
      isAlone: () => this.#home?.link !== undefined && this.#node?.shell.node.status.contacts === 0,
      ask: () => this.#home!.nearby(this.#node!.shell.node.self.id.text),
      told: (contacts) => this.#hinted(contacts),
    });
    cache.added = (record) => this.#read(record);
    this.direct = new OverlayDelivery(this, clock);
    this.#begun = this.#begin().catch((error: unknown) => this.#report(error));
  }

  get status(): OverlayStatus {
    return statusOf({
      asked: this.parts.asked,
      role: this.#standing.role,
      links: this.parts.archives.main,
      archives: this.#home?.archives ?? [],
      isJoined: this.#home?.link !== undefined,
      node: this.#node,
    });
  }

  /** The node when others can be reached through it, by a relay or a direct link; another one after a new ticket. */
  get reachable(): OverlayNode | undefined {
    const isReachable = this.#home?.link !== undefined || (this.#node?.links ?? 0) > 0;
    return isReachable ? this.#node : undefined;
  }

  /** Calls back whenever `reachable` may be another one. Answers what takes it off again. */
  onChange(listener: () => void): () => void {
    this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  get(id: string, how: OverlayGet, archives: AskArchives<FoundRecord>): Promise<FoundRecord> {
    return this.#retrieval.get(id, how, archives);
  }

  query(filter: QueryFilter, how: OverlayQuery, archives: AskArchives<RecordPage>): Promise<RecordPage> {
    return this.#retrieval.query(filter, how, archives);
  }

  published(record: HoldfastRecord, delivery: Promise<unknown>): void {
    this.#own.published(record, delivery);
  }

  /** Leaves: the archive tells the others at once. */
  async close(): Promise<void> {
    if (this.#closing.aborted) return;
    this.#closing.abort();
    this.direct.close();
    this.parts.cache.added = undefined;
    this.#standing.end();
    this.#company.end();
    this.#stopKeeping();
    const contacts = this.#node?.shell.node.contacts(overlayLimits.contactsKeptMax) ?? [];
    this.#endNode();
    this.#home?.close();
    this.#wake();
    await this.#begun;
    if (contacts.length > 0) await keepContacts(this.parts.storage, contacts).catch(() => undefined);
    await this.#key?.letGo().catch(() => undefined);
  }

  async #begin(): Promise<void> {
    const { storage, archives, clock, outbox } = this.parts;
    this.#key = await openNodeKey(storage);
    this.#contacts = await readContacts(storage);
    if (this.#closing.aborted) return;
    const { peerLinks, directLinks } = this.parts;
    this.#makeLinks = peerLinks ?? (directLinks === 'off' ? undefined : await webRtcLinks(directLinks ?? {}));
    const home = new Home(
      { archives, clock, key: this.#key.key, role: () => this.#standing.role },
      {
        joined: (membership, nearby) => this.#joined(membership, nearby),
        frame: (from, frame) => this.#node?.traffic.framed(from, frame),
        gone: (id) => this.#node?.traffic.gone(id),
        changed: () => {
          this.#node?.traffic.relaying();
          this.#look();
        },
      },
    );
    this.#home = home;
    home.start();
    this.#keepContacts();
    await this.#own.takeUp(storage, outbox, clock);
  }

  #joined(membership: Membership, nearby: readonly Contact[]): void {
    const before = this.#node;
    if (before?.shell.node.self.id.equals(membership.self.id) === true) before.traffic.renewed(membership);
    else this.#beginNode(membership);
    this.#hinted(nearby);
  }

  #hinted(contacts: readonly Contact[]): void {
    this.#node?.shell.tell((node, nowMs) => node.learn(contacts, 'hint', nowMs));
  }

  #beginNode(membership: Membership): void {
    const before = this.#node?.shell.node.contacts(overlayLimits.contactsKeptMax) ?? [];
    this.#endNode();
    const node = new OverlayNode({
      membership,
      role: this.#standing.role,
      clock: this.parts.clock,
      home: this.#home!,
      key: this.#key!.key,
      makeLinks: this.#makeLinks,
      searches: this.searches,
      deliveries: this.deliveries,
      verification: this.#verification,
      changed: () => this.#look(),
      broke: (error) => {
        this.#report(error);
        if (this.#node === node) this.#endNode();
      },
    });
    this.#node = node;
    const kept = [...before, ...this.#contacts];
    node.shell.tell((dht, nowMs) => dht.learn(kept, 'kept', nowMs));
    this.#own.storeAll();
  }

  #endNode(): void {
    const node = this.#node;
    this.#node = undefined;
    node?.end();
    this.searches.endAll();
    this.deliveries.endAll();
  }

  /** A record that came in by any way is one that this client can answer for. */
  #read(record: HoldfastRecord): void {
    this.#verification.learn(record);
    this.#keepAt(recordPlace(record.id), record);
  }

  #keepAt(place: Place, record: HoldfastRecord): void {
    if (!this.#retractions.has(record)) this.#node?.keep(place, this.#verification.itemOf(record));
  }

  #roleChanged(): void {
    const { role } = this.#standing;
    this.#node?.shell.tell((node, nowMs) => node.setRole(role, nowMs));
    this.#home?.rejoin();
    this.#look();
  }

  /** The node as soon as others can be reached through it, or undefined. */
  async #nodeWithin(waitMs: number, signal: StopSignal): Promise<OverlayNode | undefined> {
    if (waitMs === 0 || this.reachable !== undefined || signal.aborted) return this.reachable;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        stopTimer();
        stopLooking();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const look = (): void => {
        if (this.reachable !== undefined || this.#closing.aborted) end();
      };
      const stopTimer = this.parts.clock.after(waitMs, end);
      const stopLooking = this.onChange(look);
      signal.addEventListener('abort', end);
    });
    return this.reachable;
  }

  /** Tells when what an application would want to know is other than before. */
  #look(): void {
    this.#wake();
    if (this.#closing.aborted) return;
    this.#company.look();
    const { status } = this;
    const { isIn, whyNot, role, node, archives, links } = status;
    const joined = archives.map(({ isJoined }) => isJoined);
    const said = JSON.stringify([isIn, whyNot, role, node, joined, links]);
    if (said === this.#said) return;
    this.#said = said;
    this.parts.listeners.emit('overlay', status);
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  #keepContacts(): void {
    this.#stopKeeping = this.parts.clock.after(overlayLimits.contactsKeptEveryMs, () => {
      const contacts = this.#node?.shell.node.contacts(overlayLimits.contactsKeptMax) ?? [];
      if (contacts.length > 0) {
        keepContacts(this.parts.storage, contacts).catch((error: unknown) => this.#report(error));
      }
      this.#keepContacts();
    });
  }

  #report(error: unknown): void {
    if (!this.#closing.aborted) this.parts.listeners.emit('problem', problemOf(error));
  }
}
