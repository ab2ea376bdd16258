import { describe, expect, it } from '@jest/globals';
import { archiveLimits } from '../limits.js';
import { TicketRoom } from './ticket-room.js';

describe('the tickets of a network', () => {
  it('are so many, until one expires', () => {
    const room = new TicketRoom(2);
    expect(room.take('net', 'a', 100, 0)).toBeUndefined();
    expect(room.take('net', 'b', 50, 0)).toBeUndefined();
    expect(room.take('net', 'c', 100, 49)).toBe(50);
    expect(room.take('net', 'c', 100, 50)).toBeUndefined();
    expect(room.take('net', 'b', 150, 50)).toBe(100);
  });

  it('count a key once, however often it joins', () => {
    const room = new TicketRoom(1);
    for (let i = 0; i < 3; i++) expect(room.take('net', 'a', 100, i)).toBeUndefined();
    expect(room.take('net', 'b', 100, 3)).toBe(100);
  });

  it('are no other network’s', () => {
    const room = new TicketRoom(1);
    room.take('net', 'a', 100, 0);
    expect(room.take('other net', 'b', 100, 0)).toBeUndefined();
  });

  it('have no bound at 0', () => {
    const room = new TicketRoom(0);
    for (let i = 0; i < 100; i++) expect(room.take('net', String(i), 100, 0)).toBeUndefined();
  });

  it('of the first networks are forgotten when there are too many networks', () => {
    const room = new TicketRoom(1);
    for (let i = 0; i <= archiveLimits.ticketNetworksMax; i++) room.take(`net ${i}`, 'a', 100, 0);
    expect(room.take('net 0', 'b', 100, 0)).toBeUndefined();
    expect(room.take(`net ${archiveLimits.ticketNetworksMax}`, 'b', 100, 0)).toBe(100);
  });
});
