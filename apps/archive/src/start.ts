/**
 * Starts an archive inside this process and stops it again. The order is fixed: database, key, doors; and backwards
 * at the end, so that whatever is in flight still has what it needs, and an embedded PostgreSQL ends last.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppModule } from './app.module.js';
import { archiveLimits } from './limits.js';
import { ArchiveIdentity } from './platform/archive-identity/archive-identity.js';
import { Database } from './platform/database/database.js';
import { measurePool } from './platform/database/pool-metrics.js';
import { PrismaService } from './platform/database/prisma.service.js';
import { Readiness } from './platform/health/readiness.js';
import { ArchiveAddress } from './platform/http/archive-address.js';
import { ClientNetworks } from './platform/http/client-networks.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { measureHttpRequests } from './platform/http/request-metrics.js';
import { RouteTable } from './platform/http/route-table.js';
import { createHttpAdapter } from './platform/http/server.js';
import type { Log } from './platform/logging/log.js';
import { nestLog } from './platform/logging/nest-log.js';
import { portTaken, requirePort } from './platform/http/listening-port.js';
import { Metrics } from './platform/metrics/metrics.js';
import type { PlatformParts } from './platform/platform.module.js';
import { DataDisk } from './platform/postgres/data-disk.js';
import { EmbeddedPostgres } from './platform/postgres/embedded-postgres.js';
import type { ArchiveSettings } from './platform/settings.js';

export interface RunningArchive {
  /** Where it listens, seen from this machine. */
  readonly url: string;
  readonly archiveId: string;
  /** Resolves when the embedded PostgreSQL has ended without being asked: the archive is of no use any more. */
  readonly databaseLost: Promise<void>;
  /** Stops everything in order. May be called more than once. */
  stop(): Promise<void>;
}

/** What has been started so far, to be stopped from the last to the first. */
type Closers = (() => Promise<void>)[];

/**
 * @param signal ends a start that is under way
 * @throws HoldfastError one sentence that says what to do, or the signal's reason; nothing is left running then
 */
export async function startArchive(
  settings: ArchiveSettings,
  log: Log,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunningArchive> {
  const closers: Closers = [];
  const stop = () => closeAll(closers, log);
  try {
    await requirePorts(settings);
    const postgres = await openPostgres(settings, log, closers, signal);
    const parts = await unlessEnded(signal, makeParts(postgres, settings, log, closers));
    await unlessEnded(signal, openDoors(parts, closers));
    let stopping: Promise<void> | undefined;
    return {
      url: parts.address.localUrl,
      archiveId: parts.identity.id,
      databaseLost: new Promise((resolve) => void postgres?.ended.then(() => stopping ?? resolve())),
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function requirePorts({ host, port, metricsPort }: ArchiveSettings): Promise<void> {
  await requirePort('HOLDFAST_PORT', host, port);
  if (metricsPort !== undefined) await requirePort('HOLDFAST_METRICS_PORT', host, metricsPort);
}

async function openPostgres(
  settings: ArchiveSettings,
  log: Log,
  closers: Closers,
  signal: AbortSignal,
): Promise<EmbeddedPostgres | undefined> {
  if (settings.databaseUrl !== undefined) return undefined;
  const postgres = await EmbeddedPostgres.open({
    folder: settings.dataFolder,
    signal,
    log: (sentence) => log.info({}, sentence),
  });
  log.info({ pid: postgres.pid }, 'the embedded PostgreSQL runs');
  closers.push(async () => {
    await postgres.stop();
    log.info({}, 'the embedded PostgreSQL has stopped');
  });
  return postgres;
}

async function makeParts(
  postgres: EmbeddedPostgres | undefined,
  settings: ArchiveSettings,
  log: Log,
  closers: Closers,
): Promise<PlatformParts> {
  const databaseUrl = postgres?.url ?? settings.databaseUrl!;
  const database = await Database.connect(databaseUrl, log);
  closers.push(() => within(archiveLimits.stopDatabaseMsMax, database.close()));
  const prisma = new PrismaService(database);
  const identity = await ArchiveIdentity.load(prisma);
  const metrics = new Metrics(settings);
  measurePool(database.pool, metrics);
  await metrics.listen();
  closers.push(() => metrics.close());
  return {
    settings: { ...settings, databaseUrl },
    log,
    database,
    prisma,
    identity,
    metrics,
    address: new ArchiveAddress(settings),
    readiness: new Readiness(database),
    networks: new ClientNetworks(settings),
    disk: new DataDisk({
      folder: postgres === undefined ? undefined : settings.dataFolder,
      reserveBytes: settings.diskReserveBytes,
      freshMs: archiveLimits.diskFreshMs,
    }),
  };
}

async function openDoors(parts: PlatformParts, closers: Closers): Promise<void> {
  const { settings, readiness, log, metrics } = parts;
  const adapter = createHttpAdapter(() => readiness.isStopping);
  const routes = new RouteTable(adapter.getInstance());
  measureHttpRequests(adapter.getInstance(), metrics);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(parts), adapter, {
    logger: nestLog(log),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(routes, log));
  closers.push(async () => {
    readiness.stop();
    const closed = app.close();
    await within(archiveLimits.stopDoorsMsMax, closed, () => app.getHttpServer().closeAllConnections());
    log.info({}, 'the doors are closed');
  });
  (app.getHttpServer() as Server).maxConnections = settings.connectionsMax + archiveLimits.httpConnectionsMax;
  await app.listen(settings.port, settings.host).catch((cause: NodeJS.ErrnoException) => {
    throw cause.syscall === undefined ? cause : portTaken('HOLDFAST_PORT', settings.port, cause);
  });
  parts.address.listensOn((app.getHttpServer().address() as AddressInfo).port);
}

/** What is under way is not waited for: it holds connections at most, and these end with the process. */
async function unlessEnded<T>(signal: AbortSignal, step: Promise<T>): Promise<T> {
  let end = (): void => {};
  const ended = new Promise<never>((_resolve, reject) => (end = () => reject(signal.reason)));
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  return Promise.race([step, ended]).finally(() => signal.removeEventListener('abort', end));
}

async function closeAll(closers: Closers, log: Log): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    await close().catch((error: unknown) => log.error({ error }, 'a part of the archive did not stop well'));
  }
}

/** Waits for the end of something, at most this long; `late` is called when it takes longer. */
async function within(timeoutMs: number, ending: Promise<unknown>, late?: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      late?.();
      resolve();
    }, timeoutMs);
  });
  await Promise.race([ending, timeout]).finally(() => clearTimeout(timer));
}
