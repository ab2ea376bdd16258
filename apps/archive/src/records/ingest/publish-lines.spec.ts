import { describe, expect, it } from '@jest/globals';
import { HoldfastError } from '@holdfast/protocol';
import type { Log } from '../../platform/logging/log.js';
import { PublishLines } from './publish-lines.js';
import type { RecordIngest } from './record-ingest.js';

describe('records that come in lines', () => {
  it('are answered line by line; an unexpected failure is logged and not shown', async () => {
    const logged: object[] = [];
    const log = { error: (fields: object) => logged.push(fields) } as unknown as Log;
    const surprise = new Error('relation "secret" does not exist');
    const publish = async (jws: string) => {
      if (jws === 'surprise') throw surprise;
      if (jws === 'bad') throw new HoldfastError('record-malformed', 'No.');
      return { id: jws, status: 'stored' };
    };
    const lines = new PublishLines({ publish } as unknown as RecordIngest, log);
    const answer = await lines.publish(Buffer.from('good\nsurprise\nbad\n'));
    const answers = answer
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(answers).toEqual([
      { id: 'good', status: 'stored' },
      expect.objectContaining({ status: 'refused', code: 'internal-error' }),
      { status: 'refused', code: 'record-malformed', detail: 'No.', retryable: false },
    ]);
    expect(answer).not.toContain('secret');
    expect(logged).toEqual([{ error: surprise }]);
  });
});
