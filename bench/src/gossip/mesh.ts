/** Three archives, every two of them joined: how often a body is transferred when records come in at all of them. */
import { bootFederation } from '@holdfast/testing';
import { step } from '../report/report.js';
import { publishEvenly } from './live.js';

const archives = 3;

export interface MeshTransfers {
  readonly transfersPerRecord: number;
  readonly different: number;
}

export async function transferInMesh(
  records: Iterator<string, unknown>,
  perSecond: number,
  seconds: number,
): Promise<MeshTransfers> {
  const federation = await bootFederation({ archives, postgres: 'embedded' });
  try {
    const countEach = Math.floor((perSecond * seconds) / archives);
    step(`publishing ${perSecond} records a second for ${seconds} s at three archives that all have links`);
    await Promise.all(
      federation.archives.map((archive) => publishEvenly(archive, records, perSecond / archives, countEach)),
    );
    const { records: held } = await federation.untilSame();
    return {
      transfersPerRecord: federation.bodiesSent / (held * (archives - 1)),
      different: countEach * archives - held,
    };
  } finally {
    await federation.destroy();
  }
}
