/** The operations on crates over `WS /v1/ws` that need no session: deposit, ack, discard, recall, status, receipts. */
import { Injectable } from '@nestjs/common';
import { Operations, type OperationHandlers, type OperationsOfFeature } from '../gateway/operations.js';
import { DepartureService } from './departure.service.js';
import { DepositService } from './deposit.service.js';
import { fittingStatuses } from './fitting-statuses.js';
import { ReceiptsLog } from './receipts-log/receipts-log.js';
import { StatusService } from './status.service.js';

@Operations()
@Injectable()
export class CrateOperations implements OperationsOfFeature {
  constructor(
    private readonly deposits: DepositService,
    private readonly departures: DepartureService,
    private readonly statuses: StatusService,
    private readonly receipts: ReceiptsLog,
  ) {}

  readonly handlers: OperationHandlers = {
    // The request's schema has made sure that every base64url here is canonical.
    deposit: async ({ n, envelope, bring, holders }, connection) => {
      const depositor = { kind: 'network', id: connection.network } as const;
      const bytes = Buffer.from(envelope, 'base64url');
      const named = { bring, holders };
      const { crate, status, custody } = await this.deposits.deposit(bytes, depositor, named);
      connection.send({ op: 'deposited', n, crate, status, custody });
    },
    ack: async ({ n, crate, secret }, connection) => {
      const proof = Buffer.from(secret, 'base64url');
      connection.send({
        op: 'crate-status',
        n,
        ...(await this.departures.depart({ crate, way: 'ack', proof })),
      });
    },
    discard: async ({ n, crate, signature }, connection) => {
      const proof = Buffer.from(signature, 'base64url');
      connection.send({
        op: 'crate-status',
        n,
        ...(await this.departures.depart({ crate, way: 'discard', proof })),
      });
    },
    recall: async ({ n, crate, secret }, connection) => {
      const proof = Buffer.from(secret, 'base64url');
      connection.send({
        op: 'crate-status',
        n,
        ...(await this.departures.depart({ crate, way: 'recall', proof })),
      });
    },
    status: async ({ n, crates }, connection) => {
      connection.send({ op: 'statuses', n, statuses: fittingStatuses(await this.statuses.statuses(crates)) });
    },
    receipts: async ({ n, epoch, shard }, connection) => {
      connection.send({ op: 'released', n, ...(await this.receipts.read({ epoch, shard }, Date.now())) });
    },
  };
}
