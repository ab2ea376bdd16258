/** What the operator sees of the HTTP doors (docs/operating/metrics.md). */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';

/** Counts by door rather than by address: addresses carry ids. */
export function measureHttpRequests(instance: FastifyInstance, metrics: Metrics): void {
  const requests = metrics.counter('holdfast_http_requests_total', 'HTTP requests that were answered.', [
    'door',
    'status',
  ]);
  instance.addHook('onResponse', (request, reply, done) => {
    const { url } = request.routeOptions;
    requests.inc({ door: url === undefined ? 'none' : `${request.method} ${url}`, status: reply.statusCode });
    done();
  });
}
