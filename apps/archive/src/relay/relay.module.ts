/** The relay: carries frames between clients of the overlay (spec/relay.md). */
import { Module } from '@nestjs/common';
import { RelayOperations } from './relay.operations.js';

@Module({ providers: [RelayOperations] })
export class RelayModule {}
