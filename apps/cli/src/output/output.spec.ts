import { describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { Output } from './output.js';

function outputTo(lines: string[], json: boolean): Output {
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return new Output({ stdout: stream, stderr: stream }, json);
}

describe('a fault beside what a command does', () => {
  const problem = {
    code: 'quota-exceeded',
    detail: 'Full.\u001b[2J',
    id: 'crate',
    url: 'http://a.test',
  } as const;

  it('is said once, with what it is about, however often it happens', () => {
    const lines: string[] = [];
    const output = outputTo(lines, false);
    for (let i = 0; i < 3; i++) output.problem(problem);
    output.problem({ ...problem, id: 'another' });
    expect(lines).toEqual([
      'holdfast: beside this at http://a.test about crate: Full.\ufffd[2J (quota-exceeded)\n',
      'holdfast: beside this at http://a.test about another: Full.\ufffd[2J (quota-exceeded)\n',
    ]);
  });

  it('says how to go on with an archive that was set up anew', () => {
    const lines: string[] = [];
    outputTo(lines, false).problem({ code: 'archive-foreign', detail: 'Another.', url: 'http://a.test' });
    expect(lines[0]).toContain('Another. (archive-foreign) Name it once as --archive http://a.test#ID');
  });

  it('is one JSON object that no error is mistaken for', () => {
    const lines: string[] = [];
    outputTo(lines, true).problem(problem);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { problem: 'quota-exceeded', detail: problem.detail, url: problem.url, id: problem.id },
    ]);
  });
});
