import { describe, expect, it } from '@jest/globals';
import { HoldfastError, limits, valueOf } from '@holdfast/protocol';
import { OpenRequests, type OpenRequest, type Stream } from './open-requests.js';

const opOf = { follow: 'follow', collect: 'collect', relay: 'join' } as const;

function stream(kind: Stream['kind'] = 'follow') {
  const made = { kind, cancelled: 0, cancel: () => (made.cancelled += 1) };
  return made;
}

/** Begins a request whose handler opens a stream and goes on for as long as that. */
function openStream(requests: OpenRequests, n: number, made: Stream = stream()): OpenRequest {
  const request = valueOf(requests.begin(n, opOf[made.kind]));
  requests.open(n, made);
  return request;
}

describe('the open requests of a connection', () => {
  it('refuses a request beyond those that may be in flight, until one is finished', () => {
    const requests = new OpenRequests();
    const begun: OpenRequest[] = [];
    for (let n = 1; n <= limits.inFlightPerConnectionMax; n++)
      begun.push(valueOf(requests.begin(n, 'publish')));
    expect(requests.begin(9999, 'publish')).toMatchObject({ code: 'too-many-in-flight' });
    expect(requests.isTaken(9999)).toBe(false);
    requests.finish(begun[0]!);
    expect(requests.begin(9999, 'publish').ok).toBe(true);
  });

  it('does not count an open stream as in flight, but keeps its number taken', () => {
    const requests = new OpenRequests();
    openStream(requests, 1);
    expect(requests.inFlightCount).toBe(0);
    expect(requests.isTaken(1)).toBe(true);
  });

  it('refuses one stream more than a connection may have, for each kind by itself', () => {
    const requests = new OpenRequests();
    const follows: OpenRequest[] = [];
    for (let n = 1; n <= limits.followsPerConnectionMax; n++) follows.push(openStream(requests, n));
    expect(() => openStream(requests, 9999)).toThrow(HoldfastError);
    openStream(requests, 9998, stream('collect'));
    expect(requests.cancel(1)).toBe(true);
    requests.finish(follows[0]!);
    expect(() => openStream(requests, 10_000)).not.toThrow();
  });

  it('has room for one join', () => {
    const requests = new OpenRequests();
    valueOf(requests.begin(1, 'join'));
    requests.open(1, stream('relay'));
    valueOf(requests.begin(2, 'join'));
    expect(() => requests.open(2, stream('relay'))).toThrow(HoldfastError);
    expect(requests.cancel(2)).toBe(true);
  });

  it('keeps the place of a cancelled stream until its handler is done', () => {
    const requests = new OpenRequests();
    for (let n = 1; n < limits.followsPerConnectionMax; n++) openStream(requests, n);
    const last = openStream(requests, 100);
    requests.cancel(100);
    expect(() => openStream(requests, 101)).toThrow(HoldfastError);
    requests.finish(last);
    expect(() => openStream(requests, 102)).not.toThrow();
  });

  it('tells a request from an earlier one that had its number', () => {
    const requests = new OpenRequests();
    const earlier = openStream(requests, 4);
    requests.cancel(4);
    const later = stream();
    openStream(requests, 4, later);
    expect(requests.end(earlier)).toBe(false);
    requests.finish(earlier);
    expect(later.cancelled).toBe(0);
    expect(requests.isTaken(4)).toBe(true);
  });

  it('cancels a stream once, and frees its number', () => {
    const requests = new OpenRequests();
    const follow = stream();
    openStream(requests, 7, follow);
    expect(requests.cancel(7)).toBe(true);
    expect(requests.cancel(7)).toBe(true);
    expect(follow.cancelled).toBe(1);
    expect(requests.isTaken(7)).toBe(false);
  });

  it('ends a stream at once that is opened after its cancel', () => {
    const requests = new OpenRequests();
    requests.begin(7, 'collect');
    expect(requests.cancel(7)).toBe(true);
    const late = stream('collect');
    requests.open(7, late);
    expect(late.cancelled).toBe(1);
    expect(requests.isTaken(7)).toBe(false);
  });

  it('does not cancel what is no stream', () => {
    const requests = new OpenRequests();
    requests.begin(3, 'publish');
    expect(requests.cancel(3)).toBe(false);
    expect(requests.isTaken(3)).toBe(true);
  });

  it('cancels everything at the end', () => {
    const requests = new OpenRequests();
    const streams = [stream(), stream('collect')];
    streams.forEach((each, index) => openStream(requests, index + 1, each));
    requests.endAll();
    expect(streams.map(({ cancelled }) => cancelled)).toEqual([1, 1]);
  });
});
