/**
 * One node of the overlay and everything that goes with it, from the ticket that gave it its id until another one takes its
 * place: carries out what the core wants done, and brings it the outcomes.
 */
import { DhtNode, type Effect, type Place, type Role, type VerifiedItem } from '@holdfast/dht';
import type { SigningKey } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { isAbuse } from '../links/link-negotiation.js';
import type { MakePeerLinks, PeerLinks } from '../links/peer-links.js';
import type { Home } from '../membership/home.js';
import type { Membership } from '../membership/membership.js';
import type { ItemVerification } from '../records/item-verification.js';
import type { Searches } from '../retrieval/searches.js';
import type { Deliveries } from './deliveries.js';
import { NodeShell } from './node-shell.js';
import type { Stores } from './stores.js';
import { Traffic } from './traffic.js';

export interface OverlayNodeParts {
  readonly membership: Membership;
  readonly role: Role;
  readonly clock: Clock;
  readonly home: Home;
  readonly key: SigningKey;
  readonly makeLinks: MakePeerLinks | undefined;
  readonly searches: Searches;
  readonly stores: Stores;
  readonly deliveries: Deliveries;
  readonly verification: ItemVerification;
  /** What the status says may be another than before. */
  readonly changed: () => void;
  readonly broke: (error: unknown) => void;
}

export class OverlayNode {
  readonly shell: NodeShell;
  readonly traffic: Traffic;
  readonly #links: PeerLinks | undefined;
  #wasAlone = true;

  constructor(private readonly parts: OverlayNodeParts) {
    const { membership, role, clock, home, key, makeLinks, changed, broke } = parts;
    const { self } = membership;
    const node = new DhtNode({ self, role, random: () => clock.random(), nowMs: clock.now() });
    this.shell = new NodeShell(node, clock, {
      carry: (effect) => this.#carry(effect),
      settled: () => this.#settled(),
      broke,
    });
    this.#links = makeLinks?.({
      self,
      clock,
      events: {
        signal: (to, bytes) => void parts.deliveries.deliver(this.shell, to, 'signal', bytes),
        opened: (id) => {
          this.traffic.linked(id, true);
          changed();
        },
        closed: (id, why) => {
          this.traffic.linked(id, false);
          if (isAbuse(why)) this.traffic.abused(id);
          changed();
        },
        packet: (id, bytes) => this.traffic.packet(id, bytes),
      },
    });
    this.traffic = new Traffic({ membership, key, clock, home, shell: this.shell, links: this.#links });
    parts.deliveries.take('signal', (from, bytes) => {
      if (this.#links === undefined) return 'unwanted';
      this.#links.signalled(from, bytes);
      return undefined;
    });
  }

  /** Direct links that are open. */
  get links(): number {
    return this.#links?.open.length ?? 0;
  }

  /** Answers at that place with what was read. */
  keep(place: Place, item: VerifiedItem): void {
    this.shell.tell((node, nowMs) => node.keep(place, item, nowMs));
  }

  end(): void {
    this.shell.stop();
    this.traffic.end();
    this.#links?.close();
  }

  #settled(): void {
    const isAlone = this.shell.node.status.contacts === 0;
    if (isAlone === this.#wasAlone) return;
    this.#wasAlone = isAlone;
    this.parts.changed();
  }

  #carry(effect: Effect): void {
    const { deliveries, searches, verification, home } = this.parts;
    const { shell } = this;
    switch (effect.do) {
      case 'send':
        return this.traffic.send(effect.to, effect.message);
      case 'verify':
        verification
          .verify(effect.item, effect.belongs, effect.from)
          .then((verdict) => shell.tell((node, nowMs) => node.verified(effect.check, verdict, nowMs)))
          .catch(this.parts.broke);
        return;
      case 'hint': {
        const { search, target } = effect;
        home
          .nearby(target.text)
          .then((contacts) => shell.tell((node, nowMs) => node.hinted(search, target, contacts, nowMs)))
          .catch(this.parts.broke);
        return;
      }
      case 'asks':
        return searches.asks(effect);
      case 'found':
        return searches.found(effect, shell);
      case 'deliver':
        deliveries.arrived(effect, shell).catch(this.parts.broke);
        return;
      case 'delivered':
        return deliveries.delivered(effect);
      case 'link':
        return this.#links?.connect(effect.to);
      case 'unlink':
        return this.#links?.disconnect(effect.to.id);
      case 'stored':
        return this.parts.stores.stored(effect);
      case 'misbehaved':
        // What a link costs is for contacts that behave.
        if (effect.left) this.#links?.disconnect(effect.contact.id);
    }
  }
}
