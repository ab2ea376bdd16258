/** What happens to a federation: its network is cut, slowed and made lossy, and archives are killed without warning. */
import type { ArchiveProcess, Federation, NetworkPath } from '@holdfast/testing';

export interface MisfortuneInit {
  readonly federation: Federation;
  /** Whether an archive's PostgreSQL, which must be its own, dies with it. */
  readonly withDatabase: boolean;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly say: (line: string) => void;
}

type Change = readonly [what: string, change: (path: NetworkPath, random: () => number) => void];

const cuts: readonly Change[] = [
  ['cut', (path) => path.cut('reset')],
  ['silent', (path) => path.cut('silent')],
];
const hardships: readonly Change[] = [
  ['fine', () => undefined],
  ['slow', (path) => path.slow({ latencyMs: 100, bytesPerSecond: 200_000 })],
  [
    'lossy',
    (path, random) =>
      path.lossy({ bytesPerReset: 300_000, bytesPerStall: 100_000, seed: Math.floor(random() * 2 ** 32) }),
  ],
];

export class Misfortune {
  kills = 0;
  cuts = 0;
  #turn = 0;

  constructor(private readonly init: MisfortuneInit) {}

  /** Another network: one path is cut, in turn, or none, and what the others are like is a matter of chance. */
  changePaths(): void {
    const { federation, random, say } = this.init;
    const { paths } = federation;
    const cut = this.#turn++ % (paths.length + 1);
    const words = paths.map((path, place) => {
      path.heal();
      const [word, change] = anyOf(place === cut ? cuts : hardships, random);
      change(path, random);
      return word;
    });
    if (cut < paths.length) this.cuts++;
    say(`the paths between archives: ${words.join(', ')}`);
  }

  heal(): void {
    for (const path of this.init.federation.paths) path.heal();
  }

  /** Resolves when it is up again. */
  async kill(): Promise<void> {
    const { federation, random, say, withDatabase } = this.init;
    const archive = anyOf(federation.archives, random);
    say(`kill -9 ${nameOf(federation, archive)}`);
    await archive.kill9({ database: withDatabase });
    this.kills++;
    await archive.start();
  }
}

const anyOf = <One>(list: readonly One[], random: () => number): One =>
  list[Math.floor(random() * list.length)]!;

const nameOf = ({ archives }: Federation, archive: ArchiveProcess): string =>
  'ABCDEFGH'[archives.indexOf(archive)]!;
