import { describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { describeProgress, ProgressBar } from './progress-bar.js';

function collect() {
  const written: string[] = [];
  const stream = new Writable({ write: (chunk, _encoding, done) => (written.push(String(chunk)), done()) });
  return { written, stream };
}

describe('a progress bar', () => {
  it('says how far the work is, how fast, and how long it will take', () => {
    expect(describeProgress('importing', 50, 200, 10)).toBe(
      'importing ██████░░░░░░░░░░░░░░░░░░ 50/200 25%  5/s  30 s left',
    );
    expect(describeProgress('reading', 50, undefined, 0.1)).toBe('reading 50');
    expect(describeProgress('importing', 0, 0, 1)).toBe('importing 0  0/s');
  });

  it('writes nothing where nobody looks', () => {
    const { written, stream } = collect();
    const bar = new ProgressBar(stream, false);
    bar.update('importing', 1, 2);
    bar.end();
    expect(written).toEqual([]);
  });

  it('draws the end of the work and wipes itself away', () => {
    const { written, stream } = collect();
    const bar = new ProgressBar(stream, true);
    for (let done = 0; done <= 1000; done++) bar.update('importing', done, 1000);
    bar.end();
    expect(written.at(-2)).toContain('1000/1000 100%');
    expect(written.at(-1)).toBe('\r\u001b[K');
    expect(written.length).toBeLessThan(500);
  });
});
