/** Writes vectors/*.json anew (vectors/README.md). Run after a build; a test says when the files differ from it. */
import { writeFile } from 'node:fs/promises';
import { textOfFile, vectorFiles } from '../dist/vectors/generate/vector-files.js';

for (const file of await vectorFiles()) {
  await writeFile(new URL(`../../../vectors/${file.kind}.json`, import.meta.url), textOfFile(file));
  console.log(`${file.kind}.json: ${file.cases.length} cases`);
}
