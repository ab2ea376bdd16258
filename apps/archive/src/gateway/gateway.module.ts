/** The WebSocket door. Features do not import it: they mark their providers with `@Operations()`. */
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { GatewayController } from './gateway.controller.js';
import { Gateway } from './gateway.js';
import { GatewayMetrics } from './gateway-metrics.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [GatewayController],
  providers: [Gateway, GatewayMetrics],
})
export class GatewayModule {}
