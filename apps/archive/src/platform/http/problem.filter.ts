/** Answers every failed request with its problem document, and logs those that are the archive's own fault. */
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../logging/log.js';
import { asHoldfastError } from './failure.js';
import { sendProblem } from './problem.js';
import type { RouteTable } from './route-table.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly log: Log,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    let error = asHoldfastError(thrown);
    if (error.code === 'not-found') {
      const allowed = this.routes.methodsAt(request.url);
      if (allowed.length > 0) {
        error = new HoldfastError('method-not-allowed', `This address takes ${allowed.join(', ')}.`);
        reply.header('allow', allowed.join(', '));
      }
    }
    if (error.code === 'internal-error')
      this.log.error({ error: error.cause }, 'a request failed unexpectedly');
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, error);
  }
}
