import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { archiveLimits } from '../../limits.js';
import { createLog } from '../logging/log.js';
import { ProblemFilter } from './problem.filter.js';
import { takeBodies } from './request-bodies.js';
import { RouteTable } from './route-table.js';
import { createHttpAdapter } from './server.js';

let taken = 0;

@Controller('doors')
class DoorController {
  @Get('broken')
  broken(): never {
    throw new Error('the secret is sesame');
  }

  @Get(':id')
  get(@Param('id') id: string): object {
    return { id };
  }

  @Post()
  @HttpCode(200)
  take(@Body() body: Uint8Array): object {
    taken += 1;
    return { bytes: body.length };
  }
}

@Module({ controllers: [DoorController] })
class DoorModule {}

let url: string;
let isStopping = false;
const logged: string[] = [];

/** Serves the doors before the tests of a block, at `url`. */
function serveDoors(patience?: Parameters<typeof createHttpAdapter>[1]): void {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const adapter = createHttpAdapter(() => isStopping, patience);
    const routes = new RouteTable(adapter.getInstance());
    takeBodies(adapter.getInstance(), {
      url: '/doors',
      mediaTypes: ['application/octet-stream'],
      bytesMax: archiveLimits.requestBodyBytesMax,
    });
    app = await NestFactory.create<NestFastifyApplication>(DoorModule, adapter, {
      logger: false,
      bodyParser: false,
    });
    const log = createLog({ level: 'info', destination: { write: (line) => logged.push(line) } });
    app.useGlobalFilters(new ProblemFilter(routes, log));
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterAll(() => app.close());
}

/** Everything that the server says on a connection on which these bytes are sent, until it closes it. */
async function sayRaw(...parts: string[]): Promise<string> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => (said += text));
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return said;
}

describe('the HTTP server', () => {
  serveDoors();

  const post = (body: BodyInit, type: string) =>
    fetch(`${url}/doors`, { method: 'POST', body, headers: { 'content-type': type } });

  const expectProblem = async (answer: Response, status: number, code: string) => {
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code, type: `urn:holdfast:error:${code}` });
    expect(answer.status).toBe(status);
  };

  it('takes what is within its bounds', async () => {
    const answer = await post(new Uint8Array(archiveLimits.requestBodyBytesMax), 'application/octet-stream');
    expect(await answer.json()).toEqual({ bytes: archiveLimits.requestBodyBytesMax });
  });

  it('answers an unknown address, a wrong method and a wrong content type with their problems', async () => {
    await expectProblem(await fetch(`${url}/nothing`), 404, 'not-found');
    const wrongMethod = await fetch(`${url}/doors/1`, { method: 'DELETE' });
    expect(wrongMethod.headers.get('allow')).toBe('GET, HEAD');
    await expectProblem(wrongMethod, 405, 'method-not-allowed');
    await expectProblem(await post('{}', 'application/json'), 415, 'media-type-unsupported');
    await expectProblem(
      await post('a=b', 'application/x-www-form-urlencoded'),
      415,
      'media-type-unsupported',
    );
    await expectProblem(await post('x', 'no type at all'), 415, 'media-type-unsupported');
  });

  it('refuses a body that is too large, declared or not, without reading it to its end', async () => {
    const body = new Uint8Array(archiveLimits.requestBodyBytesMax + 1);
    await expectProblem(await post(body, 'application/octet-stream'), 413, 'request-too-large');
    const head = 'POST /doors HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\n';
    const chunked = await sayRaw(
      `${head}transfer-encoding: chunked\r\n\r\n`,
      `11000\r\n${'x'.repeat(0x11000)}\r\n`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('refuses an address that cannot be decoded or is too long', async () => {
    await expectProblem(await fetch(`${url}/doors/%zz`), 400, 'request-malformed');
    const long = 'x'.repeat(archiveLimits.pathParameterLengthMax + 1);
    const answer = await fetch(`${url}/doors/${long}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('refuses a head that is too large, and bytes that are not HTTP', async () => {
    const large = await sayRaw(
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(archiveLimits.requestHeadBytesMax)}\r\n\r\n`,
    );
    expect(large).toMatch(/^HTTP\/1\.1 413 [^]*"code":"request-too-large"/);
    expect(await sayRaw('\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [^]*"code":"request-malformed"/,
    );
  });

  it('does not show what went wrong inside, and logs it', async () => {
    const answer = await fetch(`${url}/doors/broken`);
    const text = await answer.clone().text();
    await expectProblem(answer, 500, 'internal-error');
    expect(text).not.toContain('sesame');
    expect(logged.join('')).toContain('a request failed unexpectedly');
  });

  it('turns every request away once the archive stops', async () => {
    isStopping = true;
    try {
      const answer = await fetch(`${url}/doors/1`);
      expect(answer.headers.get('connection')).toBe('close');
      await expectProblem(answer, 503, 'unavailable');
    } finally {
      isStopping = false;
    }
  });
});

describe('the HTTP server, of whoever takes too long,', () => {
  // Less than a busy machine may take for a request that nothing is wrong with.
  serveDoors({ requestHeadMsMax: 150, requestMsMax: 300, connectionIdleMsMax: 1_000, answerMsMax: 1_000 });

  it('gives up on a head and on a body that do not come to their end', async () => {
    expect(await sayRaw('GET / HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1\.1 408 [^]*"code":"too-slow"/);
    const head =
      'POST /doors HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 10\r\n\r\n';
    expect(await sayRaw(head, '12345')).toMatch(/^HTTP\/1\.1 408 [^]*"code":"too-slow"/);
  });

  it('does nothing of what it has refused as too slow, although the rest of it comes', async () => {
    const head =
      'POST /doors HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 1\r\n';
    for (const [first, rest] of [
      [head, '\r\nx'],
      [`${head}\r\n`, `x${head}\r\nx`],
    ] as const) {
      taken = 0;
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(first);
      const [refusal] = (await once(socket, 'data')) as [Buffer];
      expect(String(refusal)).toMatch(/^HTTP\/1\.1 408 /);
      socket.end(rest);
      await once(socket, 'close');
      expect(taken).toBe(0);
    }
  });

  it('closes a connection on which nothing is said', async () => {
    expect(await sayRaw()).not.toContain('200');
  });
});
