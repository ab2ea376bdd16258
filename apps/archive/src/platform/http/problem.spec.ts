import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { errorCodes, HoldfastError, type ErrorCode } from '@holdfast/protocol';
import { describe, expect, it } from '@jest/globals';
import { asHoldfastError } from './failure.js';
import { problemOf } from './problem.js';

describe('a problem document', () => {
  it('has the members of RFC 9457, the code, whether to try again, and the facts of the error', () => {
    const error = new HoldfastError('request-too-large', 'At most 8 MiB.', { limitBytes: 8_388_608 });
    expect(problemOf(error)).toEqual({
      type: 'urn:holdfast:error:request-too-large',
      title: errorCodes['request-too-large'].title,
      status: 413,
      detail: 'At most 8 MiB.',
      code: 'request-too-large',
      retryable: false,
      limitBytes: 8_388_608,
    });
  });

  it('does not let the facts of an error stand in for its own members', () => {
    expect(problemOf(new HoldfastError('not-found', 'No.', { status: 200, code: 'fine' }))).toMatchObject({
      status: 404,
      code: 'not-found',
    });
  });

  it.each(Object.keys(errorCodes) as ErrorCode[])('has an error status for %s', (code) => {
    const { status } = problemOf(new HoldfastError(code, 'x'));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });
});

describe('what was thrown', () => {
  it('stays as it is when it has a code already', () => {
    const error = new HoldfastError('quota-exceeded', 'Full.');
    expect(asHoldfastError(error)).toBe(error);
  });

  it.each([
    [new NotFoundException(), 'not-found'],
    [new BadRequestException('x'), 'request-malformed'],
    [new HttpException('x', 413), 'request-too-large'],
    [new HttpException('x', 415), 'media-type-unsupported'],
    [new HttpException('x', 500), 'internal-error'],
    [Object.assign(new Error('x'), { code: '57014' }), 'query-timeout'],
    [Object.assign(new Error('x'), { code: '57P01' }), 'unavailable'],
    [Object.assign(new Error('x'), { code: '25006' }), 'unavailable'],
    [Object.assign(new Error('x'), { code: '25P03' }), 'unavailable'],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'unavailable'],
    [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'unavailable'],
    [Object.assign(new Error('x'), { code: 'EAI_AGAIN' }), 'unavailable'],
    [Object.assign(new Error('x'), { code: 'EHOSTUNREACH' }), 'unavailable'],
    [Object.assign(new Error('x'), { code: 'P1001' }), 'unavailable'],
    [new Error('Connection terminated unexpectedly'), 'unavailable'],
    [new Error('Query read timeout'), 'unavailable'],
    [new TypeError('x is not a function'), 'internal-error'],
    ['a string', 'internal-error'],
    [null, 'internal-error'],
  ])('becomes a coded error: %s is %s', (thrown, code) => {
    expect(asHoldfastError(thrown).code).toBe(code);
  });

  it('does not show the text of an unexpected error, and keeps it as the cause', () => {
    const thrown = new Error('relation "secret" does not exist');
    const error = asHoldfastError(thrown);
    expect(JSON.stringify(problemOf(error))).not.toContain('secret');
    expect(error.cause).toBe(thrown);
  });
});
