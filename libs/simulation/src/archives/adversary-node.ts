/**
 * An archive that was trusted and should not have been: it greets as one, then answers and asks whatever a die says:
 * garbage, answers to nobody's question, too much, forged records, ids of real records that it never hands over, and
 * silence. What it says is as near to what an honest archive says as it can be, so that it gets far.
 */
import type { ConnectionEnd, EndListener, Frame } from '../network/connection.js';
import type { Life } from '../nodes/life.js';
import { Node } from '../nodes/node.js';
import type { World } from '../nodes/world.js';

export interface AdversaryInit {
  /** Whom it dials, again and again. */
  readonly victims: readonly string[];
  /** Ids of records that exist, or will: it names them and does not have them. */
  readonly knownIds: readonly string[];
  /** Texts of records that verify. */
  readonly knownRecords: readonly string[];
}

interface Asked {
  readonly op: string;
  readonly n: number;
  readonly [member: string]: unknown;
}

const hello = '{"op":"hello","versions":[1],"scope":{},"horizon":null}';
const fakeIdsMax = 300;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const redialMsMax = 20_000;
/** It dies of its own noise otherwise, not of the honest ones' defence. */
const framesPerConnectionMax = 400;

export class AdversaryNode extends Node {
  readonly #init: AdversaryInit;
  readonly #fakeIds: string[] = [];
  /** What became of its connections: the codes with which honest archives ended them. */
  readonly endings = new Map<string, number>();

  constructor(world: World, name: string, init: AdversaryInit) {
    super(world, name);
    this.#init = init;
  }

  protected begin(life: Life): void {
    this.world.network.listen(this.name, (end) => this.#attack(life, end, () => {}));
    for (const victim of this.#init.victims) this.#dial(life, victim);
  }

  protected ended(): void {}

  #dial(life: Life, victim: string): void {
    const again = (): void => {
      life.after(this.random.between(0, redialMsMax), () => this.#dial(life, victim));
    };
    this.world.network.dial(this.name, victim, {
      opened: (end) => this.#attack(life, end, again),
      failed: again,
    });
  }

  #attack(life: Life, end: ConnectionEnd, over: () => void): void {
    // Who is rude is found out soon; who only names what he does not have, and takes long to say so, is not.
    const rudeness = this.random.oneOf([0, 0, 0.03, 0.3]);
    let left = framesPerConnectionMax;
    const say = (frame: Frame): void => {
      if (left-- > 0) end.send(frame);
    };
    const listener: EndListener = {
      receive: (frame) => {
        life.after(this.random.exponential(50), () => this.#answer(frame, rudeness, say, end));
      },
      closed: (code) => {
        this.endings.set(code ?? 'none', (this.endings.get(code ?? 'none') ?? 0) + 1);
        over();
      },
    };
    end.listener = listener;
    say(this.random.happens(rudeness) ? this.#strangeHello() : hello);
    if (rudeness > 0) this.#bother(life, end, say);
  }

  #strangeHello(): string {
    return this.random.oneOf([
      '',
      '{"op":"hello","versions":[2,9],"scope":{},"horizon":null}',
      '{"op":"hello","versions":[1],"scope":{"since":-1},"horizon":null}',
      '{"op":"hello","versions":[1],"scope":{"collections":["Notes?"]},"horizon":0}',
      '{"op":"hello"}',
    ]);
  }

  /** Speaks without having been asked. */
  #bother(life: Life, end: ConnectionEnd, say: (frame: Frame) => void): void {
    if (!end.isOpen) return;
    const { random } = this;
    const number = random.whole(1, 50);
    switch (random.whole(0, 9)) {
      case 0:
        say(this.#noise());
        break;
      case 1:
        say(JSON.stringify({ op: 'answer', n: number, ids: [], upTo: 0, ageSeconds: 0, last: 0 }));
        break;
      case 2:
        for (let i = 0; i < 40; i++) say(JSON.stringify({ op: 'page', n: 1000 + i, after: 0 }));
        break;
      case 3:
        say(JSON.stringify({ op: 'want', n: number, ids: this.#ids(random.oneOf([1, 200, 300])) }));
        break;
      case 4:
        say(
          JSON.stringify({ op: 'compare', n: number, first: random.happens(0.5), message: this.#message() }),
        );
        break;
      case 5:
        end.pause();
        break;
      case 6:
        end.close('peer-misbehaved');
        return;
      default:
        say(JSON.stringify({ op: random.oneOf(['news', 'departures']), n: number, after: this.#place() }));
    }
    life.after(random.exponential(5000), () => this.#bother(life, end, say));
  }

  #answer(frame: Frame, rudeness: number, say: (frame: Frame) => void, end: ConnectionEnd): void {
    if (!end.isOpen || typeof frame !== 'string') return;
    const asked = JSON.parse(frame) as Asked;
    if (asked.op === 'hello' || asked.op === 'answer' || asked.op === 'error') return;
    const { random } = this;
    if (random.happens(0.03)) return;
    if (random.happens(rudeness / 5)) return say(this.#noise());
    if (random.happens(0.05)) {
      const code = random.oneOf(['unavailable', 'overloaded', 'cursor-invalid', 'peer-misbehaved', 'xyzzy']);
      return say(JSON.stringify({ op: 'error', n: asked.n, code, detail: 'no' }));
    }
    const n = random.happens(rudeness / 5) ? asked.n + random.whole(1, 3) : asked.n;
    const lie = random.happens(rudeness) ? this.#lie(asked) : this.#politeLie(asked);
    say(JSON.stringify({ op: 'answer', n, ...lie }));
  }

  /** What an honest archive could say, of other records: none of it can be shown to be false. */
  #politeLie(asked: Asked): object {
    const { random } = this;
    const after = Number(asked['after'] ?? 0);
    const ids = this.#ids(random.oneOf([0, 1, 1, 3, 3, 20, 256]));
    const upTo = after + ids.length;
    const wanted = Array.isArray(asked['ids']) ? (asked['ids'] as string[]) : [];
    switch (asked.op) {
      case 'start':
        return { last: 5, count: random.oneOf([0, 10, 1e6]) };
      case 'news':
        return { ids: [...new Set(ids)], upTo, ageSeconds: 0, last: upTo };
      case 'want':
        // It promises one of them for the next time.
        return { records: [], gone: wanted.slice(wanted.length > 1 ? random.whole(0, 1) : 0) };
      case 'page':
        return {
          records: random.someOf(this.#init.knownRecords, 2),
          upTo: after + 2,
          last: after + random.whole(2, 3),
        };
      case 'compare':
        return { message: random.oneOf([String(asked['message']), this.#message()]) };
      case 'departures':
        return { crates: [...new Set(ids)], upTo, last: upTo };
      case 'proofs':
        return { departures: [] };
      default:
        return { peers: [] };
    }
  }

  #lie(asked: Asked): object {
    const { random } = this;
    const place = this.#place();
    switch (asked.op) {
      case 'start':
        return { last: place, count: random.oneOf([0, 10, 1e6, 2 ** 53]) };
      case 'news': {
        const ids = this.#ids(random.oneOf([0, 1, 20, 257, 2560]));
        const after = Number(asked['after']);
        return { ids, upTo: random.oneOf([after, after + ids.length, place]), ageSeconds: 0, last: place };
      }
      case 'want': {
        const ids = Array.isArray(asked['ids']) ? (asked['ids'] as string[]) : [];
        const gone = random.happens(0.3) ? ids : random.someOf(ids, random.whole(0, 3));
        return { records: this.#records(), gone };
      }
      case 'page':
        return { records: this.#records(), upTo: place, last: place };
      case 'compare':
        return { message: random.happens(0.3) ? String(asked['message']) : this.#message() };
      case 'departures':
        return { crates: this.#ids(random.oneOf([0, 1, 256, 257])), upTo: place, last: place };
      case 'proofs':
        return { departures: [{ crate: this.#ids(1)[0], way: 'ack', proof: this.#text(43) }] };
      default:
        return random.oneOf([{}, { peers: [] }, { peers: [{ id: this.name, url: 'http://x' }] }]);
    }
  }

  #place(): number {
    return this.random.oneOf([0, 1, 5, 100, 2 ** 40, Number.MAX_SAFE_INTEGER]);
  }

  /** Of records that are, and of some that are not. */
  #ids(count: number): string[] {
    const { knownIds } = this.#init;
    const real = this.random.someOf(knownIds.slice(0, 2 * count), this.random.whole(0, Math.min(count, 20)));
    const begin = this.random.whole(0, fakeIdsMax);
    for (let place = begin; real.length < count; place++) real.push(this.#fakeId(place));
    return real;
  }

  #fakeId(place: number): string {
    let id = this.#fakeIds[place];
    if (id === undefined) {
      id = this.#text(42) + this.random.oneOf([...'AEIMQUYcgkosw048']);
      this.#fakeIds[place] = id;
    }
    return id;
  }

  /** Some that verify, which nobody asked for, and some that do not. */
  #records(): string[] {
    const { random } = this;
    const records = random.someOf(this.#init.knownRecords, random.whole(0, 2));
    if (random.happens(0.5)) return records;
    const [header, payload, signature] = random.oneOf(this.#init.knownRecords).split('.');
    const forged = [
      `${header}.${payload}.${this.#text(85)}A`,
      `${header}.${payload!.slice(0, -4)}AAAA.${signature}`,
      'not-a-record',
    ];
    return [...records, random.oneOf(forged)];
  }

  /** A comparison that makes sense at first sight: everything up to infinity has some fingerprint, or these ids. */
  #message(): string {
    const { random } = this;
    const fingerprint = [0x61, 0x00, 0x00, 0x01, ...Array.from({ length: 16 }, () => random.whole(0, 255))];
    const list = [0x61, 0x00, 0x00, 0x02, 0x01, ...Array.from({ length: 32 }, () => random.whole(0, 255))];
    const noise = Array.from({ length: random.whole(0, 60) }, () => random.whole(0, 255));
    return encoded(random.oneOf([fingerprint, fingerprint, list, noise, [0x62], []]));
  }

  #noise(): Frame {
    const { random } = this;
    return random.oneOf<Frame>([
      '',
      'null',
      '[]',
      '{',
      '{"op":1}',
      '{"op":"news","n":-1,"after":0}',
      '{"op":"error","code":"unavailable","detail":"no"}',
      '['.repeat(100_000),
      this.#text(random.whole(1, 5000)),
      new Uint8Array(random.whole(0, 200)),
    ]);
  }

  #text(length: number): string {
    let text = '';
    while (text.length < length) {
      for (let word = this.random.word(), left = 5; left > 0; left--, word >>>= 6)
        text += alphabet[word & 63]!;
    }
    return text.slice(0, length);
  }
}

const encoded = (bytes: readonly number[]): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
