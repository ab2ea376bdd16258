/** Crates between real archives: brought by an entry archive, and let go everywhere when they have left anywhere. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { signDiscard, verifyCustody } from '@holdfast/protocol';
import { bootArchive, freePort, type ArchiveProcess, type BootOptions } from '@holdfast/testing';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { askOnce, depositAt, statusAt, untilState, untilStatus } from './crate-door.js';
import { sampleCrate, sampleCrates, sampleMailbox, text, type SampleCrate } from './crate-samples.js';

const archives: ArchiveProcess[] = [];
afterEach(async () => {
  await Promise.all(archives.splice(0).map((archive) => archive.destroy()));
});

async function boot(options?: BootOptions): Promise<ArchiveProcess> {
  const archive = await bootArchive(options);
  archives.push(archive);
  return archive;
}

const bootThree = async () => {
  const [entry, one, two] = await Promise.all([boot(), boot(), boot()]);
  return { entry, one, two };
};

const sampleFor = async (): Promise<SampleCrate> => sampleCrate((await sampleMailbox()).publicKey);

const hasNoErrands = ({ errands = [] }: { readonly errands?: readonly unknown[] | undefined }): boolean =>
  errands.length === 0;

/** Takes connections, and never says a word. */
async function silentDoor(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Deposits at the entry archive, and waits until it has brought the crate to both of the others. */
async function spread(urls: { entry: string; one: string; two: string }, crate: SampleCrate): Promise<void> {
  await depositAt(urls.entry, crate, { bring: [urls.one, urls.two] });
  await untilStatus(urls.entry, crate, (status) => hasNoErrands(status) && status.custody?.length === 3);
}

describe('an entry archive', () => {
  it('brings what it has promised to bring though it was killed and its target was down, and hands over the receipt', async () => {
    const [entry, target] = await Promise.all([boot(), boot()]);
    await target.stop();
    const crates = await sampleCrates((await sampleMailbox()).publicKey, 5);
    for (const crate of crates) await depositAt(entry.url, crate, { bring: [target.url] });
    const failed = await untilStatus(
      entry.url,
      crates[0]!,
      ({ errands }) => (errands?.[0]?.attempts ?? 0) > 0,
    );
    expect(failed.errands).toMatchObject([{ url: target.url, code: 'archive-unreachable' }]);
    await entry.kill9();
    await entry.start();
    await target.start();
    for (const crate of crates) {
      const { custody } = await untilStatus(entry.url, crate, hasNoErrands);
      const terms = { crate: crate.id, sizeBytes: crate.envelope.length, expiryHour: crate.expiryHour };
      const receipts = await Promise.all(custody!.map((jws) => verifyCustody(jws, terms, Date.now() / 1000)));
      const holders = receipts.map((receipt) => (receipt.ok ? receipt.value.archive : receipt.code));
      expect(new Set(holders)).toEqual(new Set([entry.id, target.id]));
      expect(await statusAt(target.url, crate)).toMatchObject({ status: 'accepted' });
    }
  });

  it('brings it to the others although one target is not there, one never answers, and one is full', async () => {
    const silent = await silentDoor();
    const full = await boot({ settings: { HOLDFAST_CRATES_BYTES_MAX: '1000' } });
    const [entry, target] = await Promise.all([boot(), boot()]);
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const crates = await sampleCrates((await sampleMailbox()).publicKey, 3);
    const bring = [nobody, silent.url, full.url, target.url];
    for (const crate of crates) await depositAt(entry.url, crate, { bring });
    for (const crate of crates) await untilState(target.url, crate, 'accepted');
    const code = (url: string) => (status: Awaited<ReturnType<typeof statusAt>>) =>
      status.errands?.find((errand) => errand.url === url)?.code;
    const isRefused = (status: Awaited<ReturnType<typeof statusAt>>) => code(full.url)(status) !== undefined;
    expect(code(full.url)(await untilStatus(entry.url, crates[0]!, isRefused))).toBe('quota-exceeded');
    await silent.close();
  });

  it('learns more names when the crate is deposited again, and leaves its own out', async () => {
    const { entry, one, two } = await bootThree();
    const crate = await sampleFor();
    await depositAt(entry.url, crate, { bring: [one.url, `${entry.url}/`] });
    await depositAt(entry.url, crate, { bring: [two.url] });
    const { custody } = await untilStatus(
      entry.url,
      crate,
      (status) => hasNoErrands(status) && status.custody?.length === 3,
    );
    expect(custody).toHaveLength(3);
    expect(await statusAt(two.url, crate)).toMatchObject({ status: 'accepted' });
  });

  it('sends nothing to private addresses where it is told not to', async () => {
    const entry = await boot({ settings: { HOLDFAST_PRIVATE_PEERS: 'false' } });
    const target = await boot();
    const crate = await sampleFor();
    await depositAt(entry.url, crate, { bring: [target.url] });
    const { errands } = await untilStatus(
      entry.url,
      crate,
      (status) => (status.errands?.[0]?.attempts ?? 0) > 0,
    );
    expect(errands).toMatchObject([{ url: target.url, code: 'address-refused' }]);
    expect(await statusAt(target.url, crate)).toMatchObject({ status: 'unknown' });
  });

  it('refuses more names than a deposit may have', async () => {
    const entry = await boot();
    const named = (first: number) => Array.from({ length: 9 }, (_, i) => `https://a${first + i}.example`);
    const answer = await depositAt(entry.url, await sampleFor(), { bring: named(0), holders: named(9) });
    expect(answer).toMatchObject({ op: 'error', code: 'request-malformed' });
  });
});

describe('a crate that leaves anywhere', () => {
  it('leaves everywhere: acknowledged at one, recalled at another, discarded at the third', async () => {
    const { entry, one, two } = await bootThree();
    const urls = { entry: entry.url, one: one.url, two: two.url };
    const mailbox = await sampleMailbox();
    const [acked, recalled, discarded] = await sampleCrates(mailbox.publicKey, 3);
    for (const crate of [acked!, recalled!, discarded!]) await spread(urls, crate);
    await askOnce(one.url, { op: 'ack', crate: acked!.id, secret: text(acked!.ackSecret) });
    await askOnce(entry.url, { op: 'recall', crate: recalled!.id, secret: text(recalled!.recallSecret) });
    const signature = await signDiscard(mailbox, discarded!.id);
    await askOnce(two.url, { op: 'discard', crate: discarded!.id, signature });
    for (const url of Object.values(urls)) {
      expect((await untilState(url, acked!, 'delivered')).proof).toBe(text(acked!.ackSecret));
      await untilState(url, recalled!, 'recalled');
      await untilState(url, discarded!, 'discarded');
      for (const crate of [acked!, recalled!, discarded!]) await untilStatus(url, crate, hasNoErrands);
    }
  });

  it('is told of although the other holder was down when it left and this archive was killed after it', async () => {
    const [entry, target] = await Promise.all([boot(), boot()]);
    const crate = await sampleFor();
    await depositAt(entry.url, crate, { bring: [target.url] });
    await untilState(target.url, crate, 'accepted');
    await untilStatus(entry.url, crate, hasNoErrands);
    await target.kill9();
    await askOnce(entry.url, { op: 'ack', crate: crate.id, secret: text(crate.ackSecret) });
    await entry.kill9();
    await target.start();
    await entry.start();
    await untilState(target.url, crate, 'delivered');
  });

  it('does not wait at a holder that its sender reaches only after that', async () => {
    const [entry, holder] = await Promise.all([boot(), boot()]);
    const crate = await sampleFor();
    await depositAt(entry.url, crate, { holders: [holder.url] });
    await askOnce(entry.url, { op: 'ack', crate: crate.id, secret: text(crate.ackSecret) });
    await untilStatus(entry.url, crate, hasNoErrands);
    expect(await statusAt(holder.url, crate)).toMatchObject({ status: 'unknown' });
    expect(await depositAt(holder.url, crate)).toMatchObject({ op: 'error', code: 'crate-gone' });
    expect(await statusAt(holder.url, crate)).toMatchObject({ status: 'delivered' });
  });

  it('leaves the archive that still offers it', async () => {
    const [entry, target] = await Promise.all([boot(), boot()]);
    const crate = await sampleFor();
    await depositAt(target.url, crate);
    await askOnce(target.url, { op: 'ack', crate: crate.id, secret: text(crate.ackSecret) });
    await depositAt(entry.url, crate, { bring: [target.url] });
    await untilState(entry.url, crate, 'delivered');
  });
});
