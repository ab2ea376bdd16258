/** An archive whose clock is wrong, as other tests boot it: in what it says and in what it checks. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { signRecord } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { alice, secondsNow } from './record-samples.js';
import { SocketClient } from './socket-client.js';

const offsetSeconds = 12 * 3600;
const toleranceSeconds = 600;

let archive: ArchiveProcess | undefined;
afterEach(() => archive?.destroy());

describe('an archive whose clock is twelve hours ahead', () => {
  it('says so, and takes records for present that others take for future ones', async () => {
    archive = await bootArchive({ clockOffsetSeconds: offsetSeconds });
    const { client, hello } = await SocketClient.connect(archive.url);
    expect(Math.abs(hello.time - secondsNow() - offsetSeconds)).toBeLessThan(toleranceSeconds);
    const iat = secondsNow() + offsetSeconds;
    const record = await signRecord({ collection: 'notes', iat, body: { text: 'late' } }, alice, iat);
    expect(await client.ask({ op: 'publish', record: record.jws })).toMatchObject({ op: 'published' });
    await client.close();
  });
});
