/**
 * `collect` over `WS /v1/ws` (spec/crates.md, "Collecting"). The signature is over this archive's id and this
 * connection's challenge, so it is worth nothing anywhere else; it is checked before anything is looked up, so that a
 * refusal tells nothing of whether the mailbox exists.
 */
import { Injectable } from '@nestjs/common';
import { collectText, decodeBase64urlOf, HoldfastError, verifyEd25519 } from '@holdfast/protocol';
import { Operations, type OperationHandlers, type OperationsOfFeature } from '../gateway/operations.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { DeliveryService } from './delivery.service.js';
import { MailboxOwners } from './mailbox-owners.js';

@Operations()
@Injectable()
export class MailboxOperations implements OperationsOfFeature {
  constructor(
    private readonly identity: ArchiveIdentity,
    private readonly deliveries: DeliveryService,
    private readonly owners: MailboxOwners,
  ) {}

  readonly handlers: OperationHandlers = {
    collect: async ({ n, mailbox, signature }, connection) => {
      const text = collectText(this.identity.id, connection.challenge, mailbox);
      const key = decodeBase64urlOf(mailbox, 32)!;
      if (!(await verifyEd25519(key, text, decodeBase64urlOf(signature, 64)!))) {
        const sentence =
          "The signature is not one of the mailbox over this archive's id and this connection's challenge.";
        throw new HoldfastError('not-authorised', sentence);
      }
      void this.owners.proved(mailbox, Date.now());
      await this.deliveries.collect(mailbox, n, connection);
    },
  };
}
