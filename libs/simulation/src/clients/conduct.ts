/**
 * How adversaries behave: their nodes join and look things up as everybody's do, so that they stand in tables, but what
 * they make of others' requests is meant to let these find nothing.
 */
import type { Answer, Request } from '@holdfast/dht';
import type { Client } from './client.js';

export interface Conduct {
  /** What it hands on between its direct links: all of it, nothing, or word that a link is gone which is there. */
  readonly handsOn: 'everything' | 'nothing' | 'false-gone';
  /** The answer to a request, at once; undefined: the node itself takes it. */
  answer(self: Client, request: Request): Answer | 'silence' | undefined;
  joined(self: Client): void;
  ended(self: Client): void;
}
