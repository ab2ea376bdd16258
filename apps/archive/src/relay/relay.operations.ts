/** `join`, `relay` and `nearby` over `WS /v1/ws` (spec/relay.md, "Joining"). */
import { Injectable } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import { Operations, type OperationHandlers, type OperationsOfFeature } from '../gateway/operations.js';

const off = (): never => {
  throw new HoldfastError('relay-off', 'This archive does not relay between clients.');
};

@Operations()
@Injectable()
export class RelayOperations implements OperationsOfFeature {
  readonly handlers: OperationHandlers = {
    join: off,
    relay: () => {
      throw new HoldfastError('not-joined', 'Send "join" first.');
    },
    nearby: off,
  };
}
