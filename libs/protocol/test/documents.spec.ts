/** The documents in spec/ against the code: what one of them has and the other lacks fails here. */
import { access, readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { answerSchemas, parseAnswer, publishLineSchema } from '../src/doors/answers.js';
import { queryFilterSchema } from '../src/doors/filter.js';
import { parseRequest, requestOps } from '../src/doors/requests.js';
import { errorCodes } from '../src/errors/codes.js';
import { limits } from '../src/limits.js';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');
const documents = (await readdir(new URL('spec/', root))).filter((name) => name.endsWith('.md'));
const texts = new Map(
  await Promise.all(documents.map(async (name) => [name, await read(`spec/${name}`)] as const)),
);
const text = (name: string) => texts.get(name)!;

/** Our own sources that say things: no tests, nothing built, nothing generated. */
async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(new URL(folder, root), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (['node_modules', 'dist', 'generated', 'data'].includes(entry.name)) continue;
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) found.push(...(await sources(`${path}/`)));
    else if (/\.(ts|tsx|mjs)$/.test(entry.name) && !/spec\.tsx?$/.test(entry.name)) found.push(path);
  }
  return found;
}

describe('every document of spec/', () => {
  it.each(documents)('%s has the version of the software', async (name) => {
    const { version } = JSON.parse(await read('package.json')) as { version: string };
    expect(/^Version: (.+)$/m.exec(text(name))?.[1]).toBe(version);
  });

  it.each(documents)('%s links to files and headings that exist', async (name) => {
    const links = [...text(name).matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)];
    for (const [, path = '', anchor] of links) {
      const target = path === '' ? text(name) : await read(`spec/${path}`);
      if (anchor !== undefined) expect(headingsOf(target).map(anchorOf)).toContain(anchor);
    }
  });

  it('has the sections that the code refers to', async () => {
    const missing: string[] = [];
    for (const folder of ['libs/', 'apps/']) {
      for (const path of await sources(folder)) {
        const joined = (await read(path)).replace(/\n\s*(?:\*|\/\/)\s*/g, ' ');
        for (const [, name, list] of joined.matchAll(/spec\/(\w+\.md)((?:(?:,| and) "[^"]+")*)/g)) {
          const headings = texts.has(name!) ? headingsOf(text(name!)) : undefined;
          for (const [, heading] of (list ?? '').matchAll(/"([^"]+)"/g)) {
            if (!headings?.includes(heading!)) missing.push(`${path}: ${name!}, "${heading!}"`);
          }
          if (headings === undefined) missing.push(`${path}: ${name!}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('the documents about the code', () => {
  const about = ['README.md', 'vectors/README.md', 'libs/client/README.md'];
  const folders = ['docs/', 'docs/operating/'];

  it('name files that exist', async () => {
    for (const folder of folders) {
      const names = await readdir(new URL(folder, root));
      about.push(...names.filter((name) => name.endsWith('.md')).map((name) => `${folder}${name}`));
    }
    const missing: string[] = [];
    for (const document of about) {
      for (const [, path] of (await read(document)).matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|mjs|cjs|md))`/g)) {
        // A list in the order of one feature's work leaves out what all its files begin with.
        const begun = [
          '',
          'apps/archive/src/',
          'libs/client/src/',
          'libs/client/src/crates/',
          'libs/gossip/src/',
        ].map((begin) => begin + path!);
        const places = [...begun, new URL(path!, new URL(document, root)).href];
        const found = await Promise.all(places.map((place) => exists(new URL(place, root))));
        if (!found.includes(true)) missing.push(`${document}: ${path!}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('spec/errors.md', () => {
  const rows = new Map(
    [...text('errors.md').matchAll(/^\| `([a-z-]+)` \| (.+?) \| (yes|no) \| (.+?) \| (.+?) \|$/gm)].map(
      ([, code, title, again]) => [code!, { title, retryable: again === 'yes' }] as const,
    ),
  );

  it('has every code with its title and whether to try again, and no other', () => {
    expect(Object.fromEntries(rows)).toEqual(errorCodes);
  });

  it('has the HTTP status of each code as the archive chooses it', async () => {
    const codesOf = (list: string) =>
      [...list.matchAll(/[a-z]+(?:-[a-z]+)+|overloaded|unavailable/g)].map(([code]) => code);
    const rowsIn = (source: string, row: RegExp) =>
      Object.fromEntries([...source.matchAll(row)].map(([, status, list]) => [status!, codesOf(list!)]));
    const chosen = rowsIn(
      await read('apps/archive/src/platform/http/problem.ts'),
      /^ {2}(\d{3}): \[(.+)\],$/gm,
    );
    expect(Object.keys(chosen).length).toBeGreaterThan(5);
    expect(rowsIn(text('errors.md'), /^\| (\d{3}) +\| (`.+`) +\|$/gm)).toEqual(chosen);
  });

  it('has no code that nothing uses', async () => {
    const paths = [...(await sources('libs/')), ...(await sources('apps/')), ...(await sources('tools/'))];
    const used = await Promise.all(
      paths
        .filter((path) => path !== 'libs/protocol/src/errors/codes.ts' && !path.includes('/src/vectors/'))
        .map(read),
    );
    const all = used.join('\n');
    const unused = Object.keys(errorCodes).filter((code) => !all.includes(`'${code}'`));
    expect(unused).toEqual([]);
  });
});

describe('the documents of the doors', () => {
  const doors = text('doors.md') + text('relay.md');
  const examples = [...doors.matchAll(/```ndjson\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!.trim().split('\n'),
  );
  const exampleOf = (op: string) => examples.filter((line) => line.startsWith(`{"op":"${op}"`));

  it.each(requestOps)('has an example of the request %s that is taken', (op) => {
    expect(exampleOf(op)).not.toEqual([]);
    for (const example of exampleOf(op)) expect(parseRequest(example)).toMatchObject({ ok: true });
  });

  it.each(Object.keys(answerSchemas))('has an example of the answer %s that is taken', (op) => {
    expect(exampleOf(op)).not.toEqual([]);
    for (const example of exampleOf(op)) {
      expect(parseAnswer(example)).toEqual({ ok: true, value: JSON.parse(example) });
    }
  });

  it('has lines of an answer to a publish that are taken', () => {
    const [, block] = /```ndjson\n([\s\S]*?)```/.exec(text('doors.md'))!;
    for (const line of block!.trim().split('\n')) {
      expect(publishLineSchema.safeParse(JSON.parse(line)).success).toBe(true);
    }
  });

  it('has every member of a filter', () => {
    const table = /## Filters([\s\S]*?)\n## /.exec(text('doors.md'))![1]!;
    for (const member of Object.keys(queryFilterSchema.def.shape)) expect(table).toContain(`\`${member}\``);
  });
});

describe('the limits in spec/', () => {
  const thousands = (value: number) => value.toLocaleString('en-US');

  it.each([
    ['records.md', `at most ${thousands(limits.recordSizeBytesMax)} characters`],
    ['records.md', `\`now + ${limits.recordAheadSecondsMax}\``],
    ['records.md', `nested at most ${limits.jsonDepthMax} deep`],
    ['records.md', `1 to ${limits.collectionLengthMax} characters \`a-z`],
    ['records.md', `1 to ${limits.keyLengthMax} UTF-16 code units`],
    ['records.md', `1 to ${limits.topicsMax} different texts of 1 to ${limits.topicLengthMax} UTF-16`],
    ['records.md', `1 to ${limits.refsMax} different record ids`],
    ['crates.md', limits.crateSizesBytes.slice(0, -1).map(thousands).join(', ')],
    ['crates.md', `${limits.crateLifetimeHoursMax / 24} days and ${limits.clockSkewSecondsMax / 3600} hours`],
    ['crates.md', `at most ${limits.siblingsMax} different crate ids`],
    ['crates.md', `1 to ${limits.recipientsMax} different identities`],
    ['crates.md', `siblings, recipients | ${limits.siblingsMax}, ${limits.recipientsMax}`],
    ['crates.md', `1 to ${limits.cardArchivesMax} different URLs`],
    ['crates.md', `at most ${thousands(limits.urlLengthMax)} characters`],
    ['conversations.md', `up to ${limits.marksMax} different marks`],
    ['custody.md', `at most ${thousands(limits.custodyLengthMax)} characters`],
    ['custody.md', `custody receipt | ${thousands(limits.custodyLengthMax)} characters`],
    ['custody.md', `at most ${limits.clockSkewSecondsMax / 3600} hours ahead`],
    ['custody.md', `0 to ${limits.shardDigitsMax} digits`],
    ['custody.md', `at most ${thousands(limits.releasedEntriesMax)}, in the order`],
    ['custody.md', `after \`iat\`, at most ${limits.archiveTokenSecondsMax} seconds`],
    ['custody.md', `at most ${limits.holdersMax} different URLs`],
    ['custody.md', `of one deposit | ${limits.holdersMax}`],
    [
      'custody.md',
      `in one request between archives | ${limits.archiveCratesMax}, ${limits.archiveRequestBytesMax / 1024} KiB`,
    ],
    ['doors.md', `archives in one deposit | ${limits.holdersMax}`],
    ['doors.md', `receipts log in one answer | ${thousands(limits.releasedEntriesMax)}`],
    [
      'doors.md',
      `between archives | ${limits.archiveCratesMax}, ${limits.archiveRequestBytesMax / 1024} KiB`,
    ],
    ['doors.md', `1 to ${limits.queryLimitMax}; ${limits.queryLimitDefault} without it`],
    ['doors.md', `1 to ${limits.queryTextLengthMax} UTF-16 code units`],
    ['doors.md', `1 to ${limits.cursorLengthMax} characters`],
    ['doors.md', `1 to 2^${Math.log2(limits.requestNumberMax + 1)} - 1, chosen`],
    ['doors.md', `${limits.frameSizeBytesMax / 1024 / 1024} MiB`],
    ['doors.md', `more than ${thousands(limits.plainRequestLengthMax)} characters`],
    ['doors.md', `unanswered requests of a connection | ${limits.inFlightPerConnectionMax}`],
    [
      'doors.md',
      `${limits.followsPerConnectionMax}, ${limits.mailboxesPerConnectionMax} | \`quota-exceeded\``,
    ],
    ['doors.md', `crate ids in one status | ${limits.statusCratesMax}`],
    ['doors.md', `entries of a frame | ${limits.queryLimitMax}, ${limits.entriesPerFrameMax}`],
    [
      'doors.md',
      `${thousands(limits.publishLinesMax)} lines and ${limits.publishBodyBytesMax / 1024 / 1024} MiB`,
    ],
  ])('%s says "%s"', (name, sentence) => {
    expect(text(name).replace(/\s+/g, ' ')).toContain(sentence);
  });
});

const exists = (file: URL): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
}

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');
