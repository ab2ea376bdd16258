/** Prisma for ordinary access, over the pool that the hand-written SQL uses: one bound on connections for both. */
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';
import type { Database } from './database.js';

export class PrismaService extends PrismaClient {
  constructor(database: Database) {
    super({ adapter: new PrismaPg(database.pool), errorFormat: 'minimal' });
  }
}
