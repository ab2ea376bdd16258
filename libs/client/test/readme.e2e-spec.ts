/** The example of README.md, as it stands there, and what the README of the whole imports. */
import { describe, expect, it } from '@jest/globals';
import { bootArchive } from '@holdfast/testing';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

describe('the example in the README', () => {
  it('does what it says', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const example = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
    const archive = await bootArchive();
    // Beside the packages that it imports, under a name that no test run looks at.
    const folder = new URL(`readme-${process.pid}/`, import.meta.url);
    try {
      await mkdir(folder);
      await writeFile(new URL('example.mjs', folder), example.replace('http://127.0.0.1:7070', archive.url));
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], {
        cwd: fileURLToPath(folder),
        timeout: 120_000,
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      expect({ stdout, stderr }).toEqual({
        stdout: "{ text: 'the tide is out' }\na message to myself\ndelivered\n{ text: 'the tide is out' }\n",
        stderr: '',
      });
    } finally {
      await rm(folder, { recursive: true });
      await archive.destroy();
    }
  });
});

describe("the whole's README", () => {
  it('imports what the SDK exports', async () => {
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    const imports = [...readme.matchAll(/^import \{ (.+) \} from '(@holdfast\/client.*)';$/gm)];
    expect(imports).not.toEqual([]);
    for (const [, names, door] of imports) {
      const exported = Object.keys((await import(door!)) as object);
      expect(exported).toEqual(expect.arrayContaining(names!.split(', ')));
    }
  });
});
