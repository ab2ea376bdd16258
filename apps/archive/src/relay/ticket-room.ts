/**
 * How many nodes of one network have a ticket that is still good (spec/relay.md, "Tickets"): what it costs to be many. It
 * is kept in memory: a restart forgets what was counted.
 */
import { archiveLimits } from '../limits.js';

export class TicketRoom {
  /** By network: until when each node key's ticket is good, NumericDate. Who has come first stands first. */
  private readonly networks = new Map<string, Map<string, number>>();

  /** @param perNetworkMax 0: any number */
  constructor(private readonly perNetworkMax: number) {}

  /** @returns undefined when there is room, which is taken then; else when there may be again, NumericDate */
  take(network: string, node: string, expiry: number, now: number): number | undefined {
    if (this.perNetworkMax === 0) return undefined;
    const nodes = this.networks.get(network) ?? new Map<string, number>();
    if (!nodes.has(node) && nodes.size >= this.perNetworkMax) {
      for (const [each, until] of nodes) if (until <= now) nodes.delete(each);
      if (nodes.size >= this.perNetworkMax) return Math.min(...nodes.values());
    }
    nodes.set(node, expiry);
    this.networks.set(network, nodes);
    if (this.networks.size > archiveLimits.ticketNetworksMax) this.forgetFirst();
    return undefined;
  }

  private forgetFirst(): void {
    for (const network of this.networks.keys()) {
      this.networks.delete(network);
      return;
    }
  }
}
