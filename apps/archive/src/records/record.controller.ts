/** The HTTP doors of records (spec/doors.md): `POST /v1/records`, `GET /v1/records`, `GET /v1/records/{id}`. */
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { HoldfastError, isRecordId, queryFilterFromParameters, valueOf } from '@holdfast/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { archiveLimits } from '../limits.js';
import { PublishLines } from './ingest/publish-lines.js';
import { RecordQueries, type RecordPage } from './query/record-queries.js';

export const recordsMediaType = 'application/x-ndjson';
export const recordMediaType = 'application/jose';

@Controller('v1/records')
export class RecordController {
  constructor(
    private readonly lines: PublishLines,
    private readonly queries: RecordQueries,
  ) {}

  /** One compact JWS a line; a result a line, in the same order. */
  @Post()
  @HttpCode(200)
  async publish(@Body() body: Uint8Array | undefined, @Res() reply: FastifyReply): Promise<void> {
    const results = await this.lines.publish(body ?? new Uint8Array());
    // Bytes rather than text: Fastify would add a charset, which the media type does not have.
    void reply.header('content-type', recordsMediaType).send(Buffer.from(results));
  }

  @Get()
  @Header('cache-control', 'no-store')
  page(@Query() parameters: Record<string, unknown>): Promise<RecordPage> {
    return this.queries.page(valueOf(queryFilterFromParameters(Object.entries(parameters))));
  }

  /** A record never changes, but it may be retracted or expire, which caches should learn of within a bound. */
  @Get(':id')
  async get(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isRecordId(id)) {
      throw new HoldfastError('request-malformed', 'A record id is 32 bytes in base64url, 43 characters.');
    }
    const { jws, exp } = await this.queries.get(id);
    const left = exp === undefined ? Number.POSITIVE_INFINITY : exp - Math.floor(Date.now() / 1000);
    const maxAge = Math.min(archiveLimits.recordCacheSecondsMax, left);
    const etag = `"${id}"`;
    void reply.header('cache-control', `public, max-age=${maxAge}, immutable`).header('etag', etag);
    if (request.headers['if-none-match']?.includes(etag)) void reply.status(304).send();
    else void reply.header('content-type', recordMediaType).send(Buffer.from(jws));
  }
}
