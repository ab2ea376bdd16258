import { afterAll, beforeAll, describe, it } from '@jest/globals';
import {
  departureStoreContract,
  recordStoreContract,
  type OpenDepartureStore,
  type RecordStoreUnderTest,
} from '@holdfast/gossip/contract';
import { encodeBase64url } from '@holdfast/protocol';
import { randomBytes } from 'node:crypto';
import { sampleCrate, sampleMailbox } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { openSpecDatabase, silentLog, type SpecDatabase } from '../../test/database-for-spec.js';
import { openGossipStores } from '../../test/gossip-stores.js';
import { secondsNow } from '../../test/record-samples.js';
import { DeparturesLog } from '../crates/departures-log/departures-log.js';
import { GossipDepartures } from './departures/gossip-departures.js';

describe('records on PostgreSQL', () => {
  let db: SpecDatabase;
  beforeAll(async () => void (db = await openSpecDatabase()));
  afterAll(() => db.drop());

  const subject: RecordStoreUnderTest = {
    open: async (scope) => {
      const { records, close } = await openGossipStores(db.database, scope);
      return { store: records, close };
    },
    now: secondsNow,
  };
  it.each(recordStoreContract.map((each) => [each.name, each] as const))('%s', (_name, each) =>
    each.run(subject),
  );
});

describe('departures on PostgreSQL', () => {
  let services: CrateServices;
  beforeAll(async () => void (services = await openCrateServices()));
  afterAll(() => services.close());

  async function open(): Promise<OpenDepartureStore> {
    const { spec, events, departures, holders, deposits } = services;
    await spec.database.query('truncate crate, mailbox_usage cascade; alter sequence crate_left_seq restart');
    const log = new DeparturesLog(spec.database, events, silentLog);
    return {
      store: new GossipDepartures(encodeBase64url(randomBytes(32)), log, departures, holders),
      deposit: async () => {
        const { id: crate, envelope, ackSecret } = await sampleCrate((await sampleMailbox()).publicKey);
        await deposits.deposit(envelope);
        return {
          fitting: { crate, way: 'ack', proof: encodeBase64url(ackSecret) },
          unfitting: { crate, way: 'ack', proof: encodeBase64url(randomBytes(32)) },
        };
      },
      close: () => log.onApplicationShutdown(),
    };
  }
  it.each(departureStoreContract.map((each) => [each.name, each] as const))('%s', (_name, each) =>
    each.run({ open }),
  );
});
