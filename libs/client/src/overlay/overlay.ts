/**
 * This client's part in the overlay: joined at one of its archives, it is a node that finds with others what they hold and,
 * as a server, holds and answers for them (spec/dht.md). All of it goes on without the application, and whatever becomes
 * of it, the archives remain. What is handed out has been verified here.
 */
import { recordPlace, type Contact, type Place } from '@holdfast/dht';
import type { HoldfastRecord, QueryFilter } from '@holdfast/protocol';
import { problemOf } from '../errors.js';
import type { AskArchives, OverlayGet, OverlayQuery, RecordOverlay } from '../records/record-overlay.js';
import type { FoundRecord, RecordPage } from '../records/records-contract.js';
import { Stopper } from '../stopper.js';
import { OverlayDelivery } from './direct/overlay-delivery.js';
import { overlayLimits } from './limits.js';
import type { MakePeerLinks } from './links/peer-links.js';
import { webRtcLinks } from './links/webrtc-links.js';
import { Company } from './membership/company.js';
import { Home } from './membership/home.js';
import { ContactKeeper, readContacts } from './membership/kept-contacts.js';
import type { Membership } from './membership/membership.js';
import { openNodeKey, type NodeKey } from './membership/node-key.js';
import { Standing } from './membership/standing.js';
import { platformSurroundings } from './membership/surroundings.js';
import { Deliveries } from './node/deliveries.js';
import { OverlayNode } from './node/overlay-node.js';
import { Reachability } from './node/reachability.js';
import { Stores } from './node/stores.js';
import type { OverlayStatus } from './overlay-contract.js';
import type { OverlayParts } from './overlay-parts.js';
import { ItemVerification } from './records/item-verification.js';
import { OwnRecords } from './records/own-records.js';
import { PinnedRecords } from './records/pinned-records.js';
import { Retractions } from './records/retractions.js';
import { RecordRetrieval } from './retrieval/record-retrieval.js';
import { Searches } from './retrieval/searches.js';
import { statusOf } from './status.js';

export class Overlay implements RecordOverlay {
  readonly deliveries = new Deliveries();
  /** Crates from client to client. */
  readonly direct: OverlayDelivery;
  readonly searches = new Searches();
  readonly stores = new Stores(() => this.#node?.shell);
  readonly #closing = new Stopper();
  readonly #verification: ItemVerification;
  readonly #retractions = new Retractions();
  readonly #own: OwnRecords;
  readonly #pinned: PinnedRecords;
  readonly #retrieval: RecordRetrieval;
  readonly #standing: Standing;
  readonly #company: Company;
  readonly #keeper: ContactKeeper;
  readonly #reachability: Reachability;
  readonly #begun: Promise<void>;
  #home: Home | undefined;
  #key: NodeKey | undefined;
  #makeLinks: MakePeerLinks | undefined;
  #node: OverlayNode | undefined;
  /** Known from before, for a node that is only beginning. */
  #contacts: readonly Contact[] = [];
  #said = '';

  constructor(private readonly parts: OverlayParts) {
    const { archives, cache, clock } = parts;
    const aheadSeconds = (): number =>
      Math.max(0, ...archives.main.map(({ open }) => open?.aheadSeconds ?? 0));
    this.#verification = new ItemVerification({
      clock,
      aheadSeconds,
      retractions: this.#retractions,
      soughtMailbox: (place) => this.searches.mailboxAt(place),
      letGo: (places, id) => {
        for (const place of places) {
          this.#node?.shell.tell((node, nowMs) => node.drop(place, id, nowMs));
        }
      },
    });
    this.#reachability = new Reachability(clock, () => this.reachable);
    this.#own = new OwnRecords(
      () => this.#node?.shell,
      (record) => this.#verification.itemOf(record),
    );
    this.#pinned = new PinnedRecords(parts.storage, this.stores, (record) =>
      this.#verification.itemOf(record),
    );
    this.#retrieval = new RecordRetrieval({
      clock,
      searches: this.searches,
      verification: this.#verification,
      keepAt: (place, record) => this.#keepAt(place, record),
      nodeWithin: async (waitMs, signal) => (await this.#reachability.within(waitMs, signal))?.shell,
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
      isAlone: () => this.isRelayed && this.#node?.shell.node.status.contacts === 0,
      ask: () => this.#home!.nearby(this.#node!.shell.node.self.id.text),
      told: (contacts) => this.#hinted(contacts),
    });
    this.#keeper = new ContactKeeper(
      parts.storage,
      clock,
      () => this.#known(),
      (error) => this.#report(error),
    );
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
      isJoined: this.isRelayed,
      node: this.#node,
    });
  }

  /** The node when others can be reached through it, by a relay or a direct link; another one after a new ticket. */
  get reachable(): OverlayNode | undefined {
    const isReachable = this.isRelayed || (this.#node?.links ?? 0) > 0;
    return isReachable ? this.#node : undefined;
  }

  get isRelayed(): boolean {
    return this.#home?.link !== undefined;
  }

  /** Calls back whenever `reachable` may be another one, or reached by other ways. Answers what takes it off again. */
  onChange(listener: () => void): () => void {
    return this.#reachability.onChange(listener);
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

  /** Keeps it findable. Resolves with how many nodes hold it then; rejects with `quota-exceeded`. */
  async pin(record: HoldfastRecord): Promise<number> {
    await this.#begun;
    return this.#pinned.pin(record);
  }

  async unpin(id: string): Promise<void> {
    await this.#begun;
    return this.#pinned.unpin(id);
  }

  /** Leaves: the archive tells the others at once. */
  async close(): Promise<void> {
    if (this.#closing.aborted) return;
    this.#closing.abort();
    this.direct.close();
    this.parts.cache.added = undefined;
    this.#standing.end();
    this.#company.end();
    const contacts = this.#known();
    this.#endNode();
    this.#home?.close();
    this.#reachability.end();
    await this.#begun;
    await this.#keeper.end(contacts);
    await this.#key?.letGo().catch(() => undefined);
  }

  async #begin(): Promise<void> {
    const { storage, archives, clock, outbox } = this.parts;
    const failed = (error: unknown): void => this.#report(error);
    this.#key = await openNodeKey(storage, failed);
    this.#contacts = await readContacts(storage, failed);
    const { peerLinks, directLinks } = this.parts;
    this.#makeLinks = peerLinks ?? (directLinks === 'off' ? undefined : await webRtcLinks(directLinks ?? {}));
    // Nobody would end what begins now.
    if (this.#closing.aborted) return;
    const home = new Home(
      { archives, clock, key: this.#key.key, role: () => this.#standing.role },
      {
        joined: (membership, nearby) => this.#joined(membership, nearby),
        frame: (frame, archive) => this.#node?.traffic.framed(frame, archive),
        gone: (contact) => this.#node?.traffic.gone(contact),
        changed: () => {
          this.#node?.traffic.relaying();
          this.#look();
        },
      },
    );
    this.#home = home;
    home.start();
    this.#keeper.start();
    await this.#own.takeUp(storage, outbox, clock);
    await this.#pinned.load(clock);
  }

  #joined(membership: Membership, nearby: readonly Contact[]): void {
    const before = this.#node;
    if (before?.shell.node.self.id.equals(membership.self.id) === true) before.traffic.renewed(membership);
    else this.#beginNode(membership);
    this.#hinted(nearby);
    this.#standing.joined(nearby.length);
  }

  #hinted(contacts: readonly Contact[]): void {
    this.#node?.shell.tell((node, nowMs) => node.learn(contacts, 'hint', nowMs));
  }

  #beginNode(membership: Membership): void {
    const before = this.#known();
    this.#endNode();
    const node = new OverlayNode({
      membership,
      role: this.#standing.role,
      clock: this.parts.clock,
      home: this.#home!,
      key: this.#key!.key,
      makeLinks: this.#makeLinks,
      searches: this.searches,
      stores: this.stores,
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
    for (const record of this.parts.cache.latest(overlayLimits.readKeptMax)) this.#read(record);
    this.#own.storeAll();
    this.#pinned.storeAll();
  }

  #known(): Contact[] {
    return this.#node?.shell.node.contacts(overlayLimits.contactsKeptMax) ?? [];
  }

  #endNode(): void {
    const node = this.#node;
    this.#node = undefined;
    node?.end();
    this.searches.endAll();
    this.stores.endAll();
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

  /** Tells when what an application would want to know is other than before. */
  #look(): void {
    this.#reachability.changed();
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

  #report(error: unknown): void {
    if (!this.#closing.aborted) this.parts.listeners.emit('problem', problemOf(error));
  }
}
