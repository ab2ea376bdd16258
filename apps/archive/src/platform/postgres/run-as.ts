/**
 * PostgreSQL refuses to run as root, so an archive that root starts runs it as the user `postgres`, or as
 * `nobody`. Where that user cannot reach the programs or the data because they lie below a folder of root's
 * (a clone in /root, a temporary folder), setpriv hands the process the one capability that reaching them takes.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { HoldfastError } from '@holdfast/protocol';

export interface RunAs {
  /** Makes a file or folder belong to the user that PostgreSQL runs as. */
  own(path: string): void;
  /** The command line and spawn options that run a program as that user. */
  command(program: string, args: readonly string[]): Invocation;
}

export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly uid?: number;
    readonly gid?: number;
  };
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

const options = { cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' } };

/** `folder` is given to the user before it is asked whether it can be reached. */
export function runAsFor(program: string, folder: string): RunAs {
  if (process.getuid?.() !== 0) {
    return { own: () => undefined, command: (command, args) => ({ command, args, options }) };
  }
  const user = findUser();
  const own = (path: string) => chownSync(path, user.uid, user.gid);
  own(folder);
  if (canReach(user, program, folder)) {
    return { own, command: (command, args) => ({ command, args, options: { ...options, ...user } }) };
  }
  const privileges = privilegesToReach(user, program, folder);
  return {
    own,
    command: (command, args) => ({ command: 'setpriv', args: [...privileges, command, ...args], options }),
  };
}

function findUser(): User {
  for (const name of ['postgres', 'nobody']) {
    const uid = Number.parseInt(askId('-u', name), 10);
    const gid = Number.parseInt(askId('-g', name), 10);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new HoldfastError(
    'database-unsuitable',
    'PostgreSQL does not run as root, and there is no user postgres or nobody: start Holdfast as an ordinary user, or set DATABASE_URL.',
  );
}

function askId(flag: string, name: string): string {
  return spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout ?? '';
}

function canReach(user: User, program: string, folder: string): boolean {
  const script = 'test -r "$1" && test -x "$1" && cd "$2"';
  return spawnSync('/bin/sh', ['-c', script, 'sh', program, folder], { ...options, ...user }).status === 0;
}

/**
 * initdb and postgres look for each other with access(2), which forgets the capabilities of a user other than
 * root unless the secure bit no_setuid_fixup is set.
 */
function privilegesToReach(user: User, program: string, folder: string): string[] {
  const capability = ['dac_read_search', 'dac_override'].find(has);
  const works = capability !== undefined && has('setpcap');
  if (!works || spawnSync('setpriv', ['--version']).status !== 0) {
    throw new HoldfastError(
      'database-unsuitable',
      `PostgreSQL does not run as root, and the user it would run as cannot reach ${program} or ${folder}: move them out of ` +
        `folders that only root may enter, start Holdfast as an ordinary user, install setpriv (util-linux), or set DATABASE_URL.`,
      { folder },
    );
  }
  return [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
    '--securebits=+no_setuid_fixup',
  ];
}

/** Positions from capabilities(7). A container's root often has dac_override and not the narrower dac_read_search. */
const capabilityBits: Record<string, bigint> = { dac_override: 1n, dac_read_search: 2n, setpcap: 8n };

function has(capability: string): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    return ((BigInt(`0x${effective}`) >> (capabilityBits[capability] ?? 63n)) & 1n) === 1n;
  } catch {
    return false;
  }
}
