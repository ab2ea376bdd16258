/**
 * `GET /v1/receipts` (spec/doors.md): a part of the receipts log, the same for everybody, so that proxies may share it.
 */
import { Controller, Get, Query, Res } from '@nestjs/common';
import {
  describeIssue,
  HoldfastError,
  receiptsQuerySchema,
  type ReceiptsQuery,
  type Released,
} from '@holdfast/protocol';
import type { FastifyReply } from 'fastify';
import { archiveLimits } from '../../limits.js';
import { ReceiptsLog } from './receipts-log.js';

@Controller('v1/receipts')
export class ReceiptsController {
  constructor(private readonly log: ReceiptsLog) {}

  @Get()
  async read(
    @Query() parameters: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Released> {
    const released = await this.log.read(queryOf(parameters), Date.now());
    // What was on its way at the end of an hour may still come into it.
    const isOver = released.epoch < released.now - 1 && released.next !== undefined;
    const seconds = isOver ? archiveLimits.receiptsCacheSecondsMax : 1;
    reply.header('cache-control', `public, max-age=${seconds}`);
    return released;
  }
}

/** @throws HoldfastError `request-malformed` */
function queryOf(parameters: Record<string, unknown>): ReceiptsQuery {
  const { epoch } = parameters;
  const hour = typeof epoch === 'string' && /^\d{1,10}$/.test(epoch) ? { epoch: Number(epoch) } : {};
  const parsed = receiptsQuerySchema.safeParse({ shard: '', ...parameters, ...hour });
  if (!parsed.success) throw new HoldfastError('request-malformed', describeIssue(parsed.error));
  return parsed.data;
}
