/**
 * One session of a client: its node, its archive, where it is, its direct links, and when it ends. The node is the code
 * under test; everything else belongs to the world.
 */
import { Paths, type Contact, type Dht, type Key, type Role, type Sender } from '@holdfast/dht';
import type { PlannedEvent } from '../time/event-queue.js';
import type { Archive } from './archive.js';
import type { Conduct } from './conduct.js';
import { Meter } from './meter.js';

export interface ClientInit {
  readonly serial: number;
  readonly id: Key;
  readonly archive: Archive;
  readonly region: number;
  readonly lastMileMs: number;
  /** Before the world's beginning for those that are there when it begins. */
  readonly bornAtMs: number;
  readonly endsAtMs: number;
  /** False for phones and metered networks: they stay observers. */
  readonly canServe: boolean;
  readonly conduct?: Conduct | undefined;
}

export class Client {
  readonly serial: number;
  readonly id: Key;
  readonly archive: Archive;
  readonly region: number;
  readonly lastMileMs: number;
  readonly bornAtMs: number;
  readonly endsAtMs: number;
  readonly canServe: boolean;
  /** Undefined for the honest. */
  readonly conduct: Conduct | undefined;
  readonly contact: Contact;
  readonly paths: Paths;
  readonly links = new Map<string, Client>();
  /** Whom no link could be made with, or is being made with. */
  readonly tried = new Set<Client>();
  /** The serials of those that have answered, and so have its ticket. */
  readonly acquainted = new Set<number>();
  /** Undefined until it has joined. */
  node: Dht | undefined;
  joinedAtMs = Infinity;
  isUp = true;
  /** Where it stands in the world's list. */
  place = -1;
  meter: Meter;
  wake: PlannedEvent | undefined;
  #sender: Sender;

  constructor(init: ClientInit, nowMs: number) {
    this.serial = init.serial;
    this.id = init.id;
    this.archive = init.archive;
    this.region = init.region;
    this.lastMileMs = init.lastMileMs;
    this.bornAtMs = init.bornAtMs;
    this.endsAtMs = init.endsAtMs;
    this.canServe = init.canServe;
    this.conduct = init.conduct;
    this.paths = new Paths(init.id);
    this.contact = { id: init.id, archive: init.archive.id };
    this.#sender = { ...this.contact, role: 'observer' };
    this.meter = new Meter('observer', nowMs);
  }

  get sender(): Sender {
    return this.#sender;
  }

  get role(): Role {
    return this.#sender.role;
  }

  takeRole(role: Role, nowMs: number): void {
    this.#sender = { ...this.contact, role };
    this.meter.turn(role, nowMs);
  }
}
