/** What can happen in a random world. */
import type { Way } from '@holdfast/protocol';
import type { LinkQuality, Noticing } from '../../src/index.js';

export type Action =
  | { readonly do: 'publish'; readonly at: string; readonly record: string }
  | {
      readonly do: 'deposit';
      readonly at: string;
      readonly crate: string;
      readonly expiryHour: number;
      readonly bring: readonly string[];
      readonly holders: readonly string[];
    }
  | {
      readonly do: 'depart';
      readonly at: string;
      readonly crate: string;
      readonly way: Way;
      readonly fits: boolean;
    }
  /** An archive that has no crates offers one, and tells of it with a proof that it has made up. */
  | { readonly do: 'forge'; readonly at: string; readonly crate: string; readonly expiryHour: number }
  | {
      readonly do: 'cut';
      readonly from: string;
      readonly to: string;
      readonly noticing: Noticing;
      readonly bothWays: boolean;
    }
  | { readonly do: 'heal'; readonly from: string; readonly to: string }
  | { readonly do: 'crash'; readonly at: string; readonly noticing: Noticing }
  | { readonly do: 'crash-at-commit'; readonly at: string; readonly point: 'before-commit' | 'after-commit' }
  | { readonly do: 'start'; readonly at: string }
  | { readonly do: 'skew'; readonly at: string; readonly skewMs: number }
  | { readonly do: 'database'; readonly at: string; readonly isAway: boolean }
  | { readonly do: 'link'; readonly from: string; readonly to: string; readonly quality: LinkQuality };

export type Planning = (atMs: number, action: Action) => unknown;
