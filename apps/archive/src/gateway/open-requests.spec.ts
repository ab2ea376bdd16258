import { describe, expect, it } from '@jest/globals';
import { HoldfastError, limits } from '@holdfast/protocol';
import { OpenRequests, type Stream } from './open-requests.js';

function stream(kind: Stream['kind'] = 'follow') {
  const made = { kind, cancelled: 0, cancel: () => (made.cancelled += 1) };
  return made;
}

describe('the open requests of a connection', () => {
  it('refuses a request beyond those that may be in flight, until one is finished', () => {
    const requests = new OpenRequests();
    for (let n = 1; n <= limits.inFlightPerConnectionMax; n++)
      expect(requests.begin(n, 'publish')).toBeUndefined();
    expect(requests.begin(9999, 'publish')).toMatchObject({ code: 'too-many-in-flight' });
    expect(requests.isTaken(9999)).toBe(false);
    requests.finish(1);
    expect(requests.begin(9999, 'publish')).toBeUndefined();
  });

  it('does not count an open stream as in flight, but keeps its number taken', () => {
    const requests = new OpenRequests();
    requests.begin(1, 'follow');
    requests.open(1, stream());
    expect(requests.inFlightCount).toBe(0);
    expect(requests.isTaken(1)).toBe(true);
  });

  it('refuses one stream more than a connection may have, for each kind by itself', () => {
    const requests = new OpenRequests();
    for (let n = 1; n <= limits.followsPerConnectionMax; n++) requests.open(n, stream());
    expect(() => requests.open(9999, stream())).toThrow(HoldfastError);
    requests.open(9999, stream('collect'));
    expect(requests.cancel(1)).toBe(true);
    expect(() => requests.open(10_000, stream())).not.toThrow();
  });

  it('cancels a stream once, and frees its number', () => {
    const requests = new OpenRequests();
    const follow = stream();
    requests.open(7, follow);
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
    streams.forEach((each, index) => requests.open(index + 1, each));
    requests.endAll();
    expect(streams.map(({ cancelled }) => cancelled)).toEqual([1, 1]);
  });
});
