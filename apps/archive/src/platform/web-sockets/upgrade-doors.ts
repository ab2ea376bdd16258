/**
 * The one place where WebSocket handshakes come in: each is given to the feature that has opened a door at its path.
 * A feature opens its door before the archive listens, and owns the connection from there on.
 */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HoldfastError } from '@holdfast/protocol';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { refuseUpgrade } from './refuse-upgrade.js';

/** @param socket errors on it are taken care of */
export type UpgradeDoor = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

@Injectable()
export class UpgradeDoors implements OnApplicationBootstrap {
  private readonly doors = new Map<string, UpgradeDoor>();

  constructor(private readonly host: HttpAdapterHost) {}

  open(path: string, door: UpgradeDoor): void {
    this.doors.set(path, door);
  }

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket as Socket, head));
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const door = this.doors.get(request.url ?? '');
    if (door !== undefined) {
      door(request, socket, head);
      return;
    }
    const paths = [...this.doors.keys()].sort().reverse().join(' and ');
    refuseUpgrade(socket, new HoldfastError('not-found', `WebSockets are spoken at ${paths} only.`));
  }
}
