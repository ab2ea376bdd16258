/**
 * What this archive asks of others (spec/custody.md, "Between archives"), with its answers checked for their shape and
 * their number. A refused token may only have been dated by a clock that has been set since: the other is met anew
 * and asked once more.
 */
import {
  departureAnswersSchema,
  depositAnswerSchema,
  HoldfastError,
  isErrorCode,
  offerAnswersSchema,
  type DepartureAnswer,
  type DepositAnswer,
  type Offer,
  type OfferAnswer,
  type ToldDeparture,
} from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import type { ArchiveTokens, TokenDoor } from '../../platform/archive-identity/archive-tokens.js';
import {
  doorOf,
  jsonOf,
  type Introductions,
  type MetArchive,
} from '../../platform/outgoing/introductions.js';
import type { PeerAnswer, PeerRequests } from '../../platform/outgoing/peer-requests.js';

interface Schema<Value> {
  safeParse(value: unknown): { readonly success: true; readonly data: Value } | { readonly success: false };
}

interface Body {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly msMax: number;
}

export class OtherArchives {
  constructor(
    private readonly requests: Pick<PeerRequests, 'send'>,
    private readonly introductions: Introductions,
    private readonly tokens: ArchiveTokens,
    private readonly ownUrl: () => string,
  ) {}

  /**
   * As the other two do:
   * @throws HoldfastError `archive-unreachable`, `request-timeout`, `answer-invalid`, `address-refused`, or the code
   * that the archive has answered with
   */
  async offer(archive: MetArchive, crates: readonly Offer[]): Promise<OfferAnswer[]> {
    const answer = await this.ask(archive, '/v1/crates/offers', { crates });
    return inOrder(crates, valueOf(answer, offerAnswersSchema).crates);
  }

  async tell(archive: MetArchive, crates: readonly ToldDeparture[]): Promise<DepartureAnswer[]> {
    const answer = await this.ask(archive, '/v1/crates/departures', { crates });
    return inOrder(crates, valueOf(answer, departureAnswersSchema).crates);
  }

  async bring(archive: MetArchive, envelope: Uint8Array): Promise<DepositAnswer> {
    const answer = await this.post(archive, '/v1/crates', {
      type: 'application/octet-stream',
      bytes: envelope,
      msMax: archiveLimits.peerBringMsMax,
    });
    return valueOf(answer, depositAnswerSchema);
  }

  private ask(archive: MetArchive, path: TokenDoor, content: object): Promise<PeerAnswer> {
    const bytes = Buffer.from(JSON.stringify(content));
    return this.post(archive, path, {
      type: 'application/json',
      bytes,
      msMax: archiveLimits.peerAnswerMsMax,
    });
  }

  private async post(archive: MetArchive, path: TokenDoor, body: Body): Promise<PeerAnswer> {
    const answer = await this.send(archive, path, body);
    if (answer.status !== 403) return answer;
    this.introductions.forget(archive.url);
    const again = await this.introductions.meet(archive.url);
    if (again.id !== archive.id) {
      throw new HoldfastError(
        'archive-foreign',
        'Another archive answers at this address than a moment ago.',
      );
    }
    return this.send(again, path, body);
  }

  private async send(
    { url, id, clockAheadMs }: MetArchive,
    path: TokenDoor,
    body: Body,
  ): Promise<PeerAnswer> {
    const request = { path, body: body.bytes };
    const token = await this.tokens.issue(id, request, this.ownUrl(), Date.now() + clockAheadMs);
    return this.requests.send({
      method: 'POST',
      url: doorOf(url, path),
      headers: { 'content-type': body.type, authorization: `Bearer ${token}` },
      body: body.bytes,
      answerBytesMax: archiveLimits.peerAnswerBytesMax,
      msMax: body.msMax,
    });
  }
}

function valueOf<Value>({ status, body }: PeerAnswer, schema: Schema<Value>): Value {
  const json = jsonOf(body);
  if (status !== 200 && status !== 201) throw problemOf(json);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw answerInvalid();
  return parsed.data;
}

/** A problem document (RFC 9457) with a code that is known here; its sentence is not repeated. */
function problemOf(json: unknown): HoldfastError {
  const { code, until } = (json ?? {}) as { readonly code?: unknown; readonly until?: unknown };
  if (typeof code !== 'string' || !isErrorCode(code)) return answerInvalid();
  const data = typeof until === 'number' ? { until } : {};
  return new HoldfastError(code, 'The archive has refused.', data);
}

function inOrder<Answer extends { readonly crate: string }>(
  asked: readonly { readonly crate: string }[],
  answers: readonly Answer[],
): Answer[] {
  const isWhole =
    answers.length === asked.length && answers.every(({ crate }, i) => crate === asked[i]!.crate);
  if (!isWhole) throw answerInvalid();
  return [...answers];
}

const answerInvalid = (): HoldfastError =>
  new HoldfastError('answer-invalid', 'The archive answered with something that does not verify.');
