import { describe, expect, it } from '@jest/globals';
import { createLog } from './log.js';
import { terminalLines } from './terminal-lines.js';

const capture = () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } });
  return { log, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown>, lines };
};

describe('the log', () => {
  it('writes one JSON object a line, with time, level, facts and sentence', () => {
    const { log, last, lines } = capture();
    log.child({ feature: 'gateway' }).warn({ connections: 3 }, 'too many connections');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(last()).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      feature: 'gateway',
      connections: 3,
      msg: 'too many connections',
    });
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = capture();
    log.debug({}, 'a detail');
    expect(lines).toEqual([]);
  });

  it.each([
    'password',
    'databaseUrl',
    'privateJwk',
    'ackSecret',
    'recallSecret',
    'jws',
    'body',
    'envelope',
    'receipt',
  ])('hides a field called %s, also one level down', (name) => {
    const { log, lines } = capture();
    log.info({ [name]: 'sesame', inner: { [name]: 'sesame' } }, 'careless');
    expect(lines[0]).not.toContain('sesame');
  });

  it('tells the code and the text of an error, not the row that a database error quotes', () => {
    const { log, last, lines } = capture();
    const error = Object.assign(new Error('duplicate key value'), {
      code: '23505',
      detail: 'Key (jws)=(sesame) exists',
    });
    log.error({ error }, 'storing failed');
    expect(last()['error']).toMatchObject({ name: 'Error', code: '23505', message: 'duplicate key value' });
    expect(lines[0]).not.toContain('sesame');
  });

  it('tells where an unexpected error comes from, and not where an outage was met', () => {
    const { log, last } = capture();
    log.error({ error: new Error('wet') }, 'it failed');
    expect(last()['error']).toMatchObject({ stack: expect.stringContaining('log.spec') });
    log.error(
      { error: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) },
      'it failed',
    );
    expect(last()['error']).toEqual({ name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' });
  });

  it('hides the password of a URL in the text of an error and of its cause', () => {
    const { log, lines } = capture();
    const cause = new Error('connect to postgresql://kelp:sesame@db/holdfast failed');
    log.error({ error: new Error('see postgres://kelp:sesame@db', { cause }) }, 'connecting failed');
    expect(lines[0]).not.toContain('sesame');
    expect(lines[0]).toContain('postgresql://kelp:(hidden)@db/holdfast');
  });
});

describe('lines for a terminal', () => {
  it('say the same in one readable line', () => {
    const shown: string[] = [];
    const log = createLog({ level: 'info', destination: terminalLines((text) => shown.push(text)) });
    log.info({ url: 'http://localhost:7070', count: 2 }, 'the archive is ready');
    expect(shown).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d info {2}the archive is ready url=http:\/\/localhost:7070 count=2\n$/,
      ),
    ]);
  });

  it('show where an error comes from below the line', () => {
    const shown: string[] = [];
    const log = createLog({ level: 'info', destination: terminalLines((text) => shown.push(text)) });
    log.error({ error: new Error('wet') }, 'it failed');
    expect(shown[0]).toMatch(/error it failed\n {4}Error: wet\n {8}at /);
  });
});
