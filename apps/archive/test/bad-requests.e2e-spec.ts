import { describe, expect, it } from '@jest/globals';
import { limits } from '@holdfast/protocol';
import { expectProblem, keepUnharmed, postRecords, request, sendRaw } from './unharmed-archive.js';

keepUnharmed();

describe('bodies of POST /v1/records', () => {
  it.each([
    undefined,
    'text/plain',
    'application/json',
    'multipart/form-data; boundary=x',
    'nonsense',
    '*/*',
  ])('are refused with the content type %s', async (type) => {
    const answer = await postRecords(new Uint8Array([120]), type ?? '');
    await expectProblem(answer, 'media-type-unsupported');
    expect(answer.status).toBe(415);
  });

  it('are refused when they are empty, not UTF-8, too many lines, or too long', async () => {
    await expectProblem(await postRecords(''), 'request-malformed');
    await expectProblem(await postRecords(Buffer.from([0x65, 0xff, 0xfe])), 'request-malformed');
    await expectProblem(await postRecords('x\n'.repeat(limits.publishLinesMax + 1)), 'request-too-large');
    await expectProblem(await postRecords('\n'.repeat(1_000_000)), 'request-too-large');
    const head = `POST /v1/records HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n`;
    expect(await sendRaw(`${head}content-length: ${limits.publishBodyBytesMax + 1}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 413 [^]*request-too-large/,
    );
    expect(await sendRaw(`${head}content-length: 99999999999999999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await sendRaw(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /);
  });
});

describe('addresses', () => {
  const parameterCases: [parameters: string, code: string][] = [
    ['limit=0', 'filter-invalid'],
    ['limit=501', 'filter-invalid'],
    ['limit=-1', 'filter-invalid'],
    ['limit=1e2', 'filter-invalid'],
    ['limit=99999999999999999999', 'filter-invalid'],
    ['since=yesterday', 'filter-invalid'],
    ['since=1.5', 'filter-invalid'],
    ['until=99999999999999', 'filter-invalid'],
    ['author=alice', 'filter-invalid'],
    [`author=${'A'.repeat(43)}`, 'filter-invalid'],
    ['collection=UPPER', 'filter-invalid'],
    [`key=${'k'.repeat(257)}`, 'filter-invalid'],
    ['topic=', 'filter-invalid'],
    ['topic=%00', 'filter-invalid'],
    ['q=', 'filter-invalid'],
    [`q=${'x'.repeat(257)}`, 'filter-invalid'],
    ['history=maybe', 'filter-invalid'],
    ['limit=1&limit=2', 'filter-invalid'],
    ['limit[]=1', 'filter-invalid'],
    ['__proto__=1', 'filter-invalid'],
    ['constructor=1', 'filter-invalid'],
    ['unknown=1', 'filter-invalid'],
    ['q=%ff', 'request-malformed'],
    ['q=%zz', 'request-malformed'],
    ['q=kelp%', 'request-malformed'],
    ['cursor=x', 'cursor-invalid'],
    ["cursor=1-1-'%20or%20'1'='1", 'cursor-invalid'],
    [`cursor=${'1'.repeat(129)}`, 'filter-invalid'],
  ];
  const named = parameterCases.map(
    ([parameters, code]) => [parameters.slice(0, 30), parameters, code] as const,
  );
  it.each(named)('with ?%s are refused', async (_name, parameters, code) => {
    const answer = await request(`/v1/records?${parameters}`);
    expect(answer.status).toBe(400);
    await expectProblem(answer, code);
  });

  it('of records that are none are refused', async () => {
    for (const id of [
      'x',
      'A'.repeat(42),
      'A'.repeat(44),
      `${'A'.repeat(42)}B`,
      '%00',
      '..%2f..%2fetc%2fpasswd',
      '%F0%28',
    ])
      expect((await request(`/v1/records/${id}`)).status).toBe(400);
    await expectProblem(await request(`/v1/records/${'A'.repeat(43)}`), 'record-not-found');
  });

  it('of a megabyte are refused', async () => {
    const address = `GET /v1/records?q=${'x'.repeat(1024 * 1024)} HTTP/1.1\r\nhost: x\r\n\r\n`;
    expect(await sendRaw(address)).toMatch(/^HTTP\/1.1 4\d\d [^]*application\/problem\+json/);
    // Also for somebody who reads nothing before all is sent.
    const pieces = address.match(/[^]{1,65536}/g)!;
    expect(await sendRaw(...pieces)).toMatch(/^HTTP\/1.1 4\d\d [^]*application\/problem\+json/);
  });
});
