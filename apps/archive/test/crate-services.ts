/** The services of crates as the module wires them, on a database of their own. */
import { generatePrivateJwk } from '@holdfast/protocol';
import { CrateEvents } from '../src/crates/crate-events.js';
import { CrateRepository } from '../src/crates/crate.repository.js';
import { CrateSpace } from '../src/crates/crate-space.js';
import { CustodyReceipts } from '../src/crates/custody-receipts.js';
import { DepartureService } from '../src/crates/departure.service.js';
import { DepositCommits } from '../src/crates/deposit-commits.js';
import { DepositRoom } from '../src/crates/deposit-room.js';
import { DepositService } from '../src/crates/deposit.service.js';
import { DepositorQuota } from '../src/crates/quotas/depositor-quota.js';
import { RoomAgain } from '../src/crates/quotas/room-again.js';
import { StatusService } from '../src/crates/status.service.js';
import { EarlyNews } from '../src/crates/early-news.js';
import { HolderRepository } from '../src/crates/holders/holder.repository.js';
import { HolderService } from '../src/crates/holders/holder.service.js';
import { ArchiveIdentity } from '../src/platform/archive-identity/archive-identity.js';
import { ReadingConnections } from '../src/platform/database/reading-connections.js';
import { DataDisk } from '../src/platform/postgres/data-disk.js';
import { ArchiveAddress } from '../src/platform/http/archive-address.js';
import { readSettings } from '../src/platform/settings.js';
import { openSpecDatabase, silentLog, type SpecDatabase } from './database-for-spec.js';

export const ownUrl = 'https://archive.example';

export interface CrateServices {
  readonly spec: SpecDatabase;
  readonly repository: CrateRepository;
  readonly events: CrateEvents;
  readonly identity: ArchiveIdentity;
  readonly space: CrateSpace;
  readonly deposits: DepositService;
  readonly departures: DepartureService;
  readonly statuses: StatusService;
  readonly holders: HolderService;
  readonly earlyNews: EarlyNews;
  readonly address: ArchiveAddress;
  readonly status: (crate: string) => Promise<string>;
  close(): Promise<void>;
}

/** @param environment settings that differ from the defaults */
export async function openCrateServices(
  environment: NodeJS.ProcessEnv = {},
  disk = new DataDisk({ folder: undefined, reserveBytes: 0, freshMs: 0 }),
): Promise<CrateServices> {
  const spec = await openSpecDatabase();
  const repository = new CrateRepository(spec.database);
  const events = new CrateEvents();
  const identity = await ArchiveIdentity.of(await generatePrivateJwk());
  const custody = new CustodyReceipts(identity);
  const settings = readSettings(environment);
  const space = new CrateSpace(repository, settings, disk, silentLog);
  const depositors = new DepositorQuota(settings);
  const roomAgain = new RoomAgain(spec.database);
  const readers = new ReadingConnections(spec.database.pool, 1);
  const holderRows = new HolderRepository(spec.database);
  const statuses = new StatusService(repository, readers, custody, holderRows);
  const earlyNews = new EarlyNews();
  const address = new ArchiveAddress(readSettings({ HOLDFAST_PUBLIC_URL: ownUrl }));
  const depositRoom = new DepositRoom(repository, events, space, depositors, roomAgain);
  const commits = new DepositCommits(repository, depositRoom, holderRows, earlyNews, events);
  return {
    spec,
    repository,
    events,
    identity,
    space,
    address,
    earlyNews,
    holders: new HolderService(repository, holderRows, events, space, custody),
    deposits: new DepositService(depositRoom, commits, custody, address),
    departures: new DepartureService(repository, events),
    statuses,
    status: async (crate) => (await statuses.statuses([crate]))[0]!.status,
    close: async () => {
      readers.close();
      await spec.drop();
    },
  };
}
