/** The contract of direct delivery: the one over the overlay, and the one in memory that other specs run on. */
import { JumpingClock } from '../../../test/jumping-clock.js';
import { describeDirectDelivery, type Waters } from '../../../test/direct-delivery-contract.js';
import { NodeWaters } from '../../../test/node-waters.js';
import { Strait } from '../../../test/strait.js';

describeDirectDelivery('the delivery over the overlay', (count) =>
  NodeWaters.fill(count, new JumpingClock()),
);

describeDirectDelivery('the delivery in memory', async (count): Promise<Waters> => {
  const strait = new Strait();
  return {
    ends: Array.from({ length: count }, () => strait.end()),
    open: (isOpen) => strait.open(isOpen),
    announced: async () => undefined,
    close: () => undefined,
  };
});
