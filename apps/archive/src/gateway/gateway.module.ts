/** The WebSocket door. Features do not import it: they mark their providers with `@Operations()`. */
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { GatewayController } from './gateway.controller.js';
import { Gateway } from './gateway.js';

@Module({ imports: [DiscoveryModule], controllers: [GatewayController], providers: [Gateway] })
export class GatewayModule {}
