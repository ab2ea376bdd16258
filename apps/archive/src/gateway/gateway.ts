/**
 * `WS /v1/ws` (spec/doors.md, "Frames"), directly on the `ws` library: @nestjs/websockets runs every message through
 * an Observable and knows neither a bound on requests in flight nor back-pressure, both of which are this module's
 * whole point. Handlers come from the features; this class owns the connections, from the upgrade to the close.
 */
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { HoldfastError, limits } from '@holdfast/protocol';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { Horizon } from '../platform/archive-identity/horizon.js';
import { ClientNetworks } from '../platform/http/client-networks.js';
import { Log } from '../platform/logging/log.js';
import { ArchiveSettings } from '../platform/settings.js';
import { version } from '../platform/version.js';
import { Heartbeat } from '../platform/web-sockets/heartbeat.js';
import { refuseUpgrade } from '../platform/web-sockets/refuse-upgrade.js';
import { UpgradeDoors } from '../platform/web-sockets/upgrade-doors.js';
import { ClientConnection, closeCodes } from './client-connection.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { MemoryBudget } from './memory-budget.js';
import { OperationTable } from './operation-table.js';
import { Operations, type OperationsOfFeature } from './operations.js';

const path = '/v1/ws';

const webSocketBounds = {
  maxPayload: limits.frameSizeBytesMax,
  maxFragments: archiveLimits.frameFragmentsMax,
  maxBufferedChunks: archiveLimits.frameChunksMax,
  closeTimeout: archiveLimits.closeMsMax,
};

@Injectable()
export class Gateway implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Records and envelopes are base64url of compact or encrypted bytes: deflating them costs memory and gains little.
    perMessageDeflate: false,
    ...webSocketBounds,
  });
  private readonly connections = new Set<ClientConnection>();
  private readonly budget = new MemoryBudget(archiveLimits.connectionsBytesMax);
  private readonly heartbeat = new Heartbeat(archiveLimits.heartbeatMs);
  private operations!: OperationTable;
  private isStopping = false;
  private opened = 0;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly doors: UpgradeDoors,
    private readonly identity: ArchiveIdentity,
    private readonly horizon: Horizon,
    private readonly settings: ArchiveSettings,
    private readonly networks: ClientNetworks,
    private readonly log: Log,
    private readonly metrics: GatewayMetrics,
  ) {
    metrics.measureConnections(() => this.connections.size);
  }

  async onApplicationBootstrap(): Promise<void> {
    // So that already the first who connects is told of it.
    await this.horizon.at(Date.now());
    const features = this.discovery
      .getProviders({ metadataKey: Operations.KEY })
      .map(({ instance }) => instance as OperationsOfFeature);
    this.operations = OperationTable.of(features);
    this.doors.open(path, (request, socket, head) => this.upgrade(request, socket, head));
    this.sockets.on('wsClientError', (error, socket) => {
      refuseUpgrade(socket as Socket, new HoldfastError('request-malformed', `${error.message}.`));
    });
  }

  /** The HTTP server still answers here, and the features still work: what is in flight is finished first. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.heartbeat.stop();
    const late = setTimeout(() => {
      for (const connection of this.connections) connection.terminate();
    }, archiveLimits.stopConnectionsMsMax);
    const ended = [...this.connections].map((connection) =>
      connection.finish(closeCodes.goingAway, 'the archive stops'),
    );
    await Promise.all(ended);
    clearTimeout(late);
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const refusal = this.refusal();
    if (refusal !== undefined) {
      refuseUpgrade(socket, refusal);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.opened += 1;
      const connection = new ClientConnection(webSocket, socket, {
        id: this.opened.toString(36),
        challenge: randomBytes(32).toString('base64url'),
        network: this.networks.of(request),
        operations: this.operations,
        budget: this.budget,
        log: this.log,
        onOver: this.metrics.over,
      });
      this.connections.add(connection);
      const unwatch = this.heartbeat.watch(connection);
      webSocket.on('close', () => {
        unwatch();
        this.connections.delete(connection);
      });
      const horizon = this.horizon.lastKnown(Date.now());
      connection.send({
        op: 'hello',
        archive: this.identity.id,
        version,
        challenge: connection.challenge,
        time: Math.floor(Date.now() / 1000),
        scope: this.settings.scope,
        ...(horizon === undefined ? {} : { horizon }),
      });
    });
  }

  private refusal(): HoldfastError | undefined {
    if (this.isStopping) {
      return new HoldfastError('unavailable', 'The archive is stopping: try again in a moment.');
    }
    if (this.connections.size >= this.settings.connectionsMax) {
      return new HoldfastError(
        'too-many-connections',
        'Every connection that this archive offers is in use.',
      );
    }
    return undefined;
  }
}
