/**
 * `POST /v1/records`: many records in one request, each with its own result. The whole body is looked at before
 * anything is stored, so that a request which is refused as such has changed nothing.
 */
import { Injectable } from '@nestjs/common';
import { decodeUtf8, HoldfastError, limits, type PublishLine } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { asHoldfastError } from '../../platform/http/failure.js';
import { Log } from '../../platform/logging/log.js';
import { RecordIngest } from './record-ingest.js';

@Injectable()
export class PublishLines {
  constructor(
    private readonly ingest: RecordIngest,
    private readonly log: Log,
  ) {}

  /**
   * @returns one JSON line for each line of the body
   * @throws HoldfastError `request-malformed`, `request-too-large`
   */
  async publish(body: Uint8Array): Promise<string> {
    const lines = linesOf(body);
    const results = new Array<PublishLine>(lines.length);
    let next = 0;
    const publishNext = async (): Promise<void> => {
      for (let index = next++; index < lines.length; index = next++) {
        results[index] = await this.publishLine(lines[index]!);
      }
    };
    await Promise.all(Array.from({ length: archiveLimits.publishLinesInFlight }, publishNext));
    return results.map((result) => `${JSON.stringify(result)}\n`).join('');
  }

  private async publishLine(line: string): Promise<PublishLine> {
    try {
      return await this.ingest.publish(line);
    } catch (thrown) {
      const { code, message, retryable, cause } = asHoldfastError(thrown);
      if (code === 'internal-error') this.log.error({ error: cause }, 'a record was not stored unexpectedly');
      return { status: 'refused', code, detail: message, retryable };
    }
  }
}

function linesOf(body: Uint8Array): string[] {
  const text = decodeUtf8(body);
  if (text === undefined) throw new HoldfastError('request-malformed', 'The body is not UTF-8.');
  const lines = text.split('\n', limits.publishLinesMax + 2).map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0)
    throw new HoldfastError('request-malformed', 'The body has no record: send one a line.');
  if (lines.length > limits.publishLinesMax) {
    throw new HoldfastError('request-too-large', `A request has at most ${limits.publishLinesMax} records.`, {
      limit: limits.publishLinesMax,
    });
  }
  return lines;
}
