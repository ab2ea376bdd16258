/** Drops everything that the queue holds, also while it is at work. */
import type { ClientBase } from 'pg';

const deadlock = '40P01';

export async function wipeQueue(client: ClientBase): Promise<void> {
  for (;;) {
    try {
      await client.query('drop schema if exists bullmq cascade');
      return;
    } catch (error) {
      // The queue takes locks in an order of its own; one of the two has to give way.
      if ((error as { code?: string }).code !== deadlock) throw error;
    }
  }
}
