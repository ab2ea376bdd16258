/** `join`, `nearby` and relayed frames over `WS /v1/ws` (spec/relay.md). */
import { Injectable } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import { Operations, type OperationHandlers, type OperationsOfFeature } from '../gateway/operations.js';
import { ArchiveSettings } from '../platform/settings.js';
import { JoiningService } from './joining.service.js';
import { RelayService } from './relay.service.js';

@Operations()
@Injectable()
export class RelayOperations implements OperationsOfFeature {
  constructor(
    private readonly settings: ArchiveSettings,
    private readonly joining: JoiningService,
    private readonly relay: RelayService,
  ) {}

  readonly handlers: OperationHandlers = {
    join: async (request, connection) => {
      this.requireOn();
      await this.joining.join(request, connection);
    },

    relay: ({ archive, frame }, connection) => {
      const sender = this.joining.senderOn(connection);
      if (sender !== undefined) this.relay.relay(sender, archive, frame);
    },

    nearby: ({ n, target }, connection) => {
      this.requireOn();
      connection.send({ op: 'contacts', n, contacts: this.joining.nearby(target, connection) });
    },
  };

  private requireOn(): void {
    if (this.settings.relay) return;
    throw new HoldfastError('relay-off', 'This archive does not relay between clients.');
  }
}
