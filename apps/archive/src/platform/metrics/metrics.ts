/**
 * Prometheus metrics on a port of their own, so that opening the archive to the world does not open them.
 * Features add theirs, and docs/operating/metrics.md lists them. Labels have few values that are known beforehand, and
 * nothing tells of one mailbox, author or client.
 */
import { createServer, type Server } from 'node:http';
import prometheus, { type Counter, type Gauge, type Histogram } from 'prom-client';
import { portTaken } from '../http/listening-port.js';
import type { ArchiveSettings } from '../settings.js';

/** By the label's value. */
type ReadEach = () => Promise<ReadonlyMap<string, number>>;

export class Metrics {
  private readonly registry = new prometheus.Registry();
  private server: Server | undefined;

  constructor(private readonly settings: Pick<ArchiveSettings, 'metricsPort' | 'host'>) {}

  /** @throws HoldfastError `port-taken` */
  async listen(): Promise<void> {
    const { metricsPort, host } = this.settings;
    if (metricsPort === undefined) return;
    prometheus.collectDefaultMetrics({ register: this.registry });
    const server = createServer((request, response) => {
      if (request.url !== '/metrics' || request.method !== 'GET') {
        response.writeHead(404).end();
        return;
      }
      this.text().then(
        (text) => response.writeHead(200, { 'content-type': this.registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(portTaken('HOLDFAST_METRICS_PORT', metricsPort, cause)),
      );
      server.listen(metricsPort, host, resolve);
    });
    this.server = server;
  }

  /** All of them, in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new prometheus.Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** @param buckets upper bounds, ascending */
  histogram(name: string, help: string, buckets: number[]): Histogram {
    return new prometheus.Histogram({ name, help, buckets, registers: [this.registry] });
  }

  /** @param read answers the value at the moment when somebody asks for it */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new prometheus.Gauge({
      name,
      help,
      registers: [],
      collect: () => gauge.set(read()),
    });
    this.registry.registerMetric(gauge);
  }

  /** One value for each value of the label, which are few. @param read as with `gauge` */
  gaugeOf(name: string, help: string, label: string, read: ReadEach): void {
    const gauge: Gauge = new prometheus.Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: async () => {
        gauge.reset();
        for (const [value, count] of await read()) gauge.set({ [label]: value }, count);
      },
    });
  }

  /** The same for what only grows while this process runs. */
  counterOf(name: string, help: string, label: string, read: ReadEach): void {
    const counter: Counter = new prometheus.Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: async () => {
        counter.reset();
        for (const [value, count] of await read()) counter.inc({ [label]: value }, count);
      },
    });
  }

  async close(): Promise<void> {
    const server = this.server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
