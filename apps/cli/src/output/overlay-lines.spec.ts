import { describe, expect, it } from '@jest/globals';
import type { OverlayStatus } from '@holdfast/client';
import { overlayText } from './overlay-lines.js';

const status: OverlayStatus = {
  isIn: true,
  asked: 'server',
  role: 'server',
  node: 'n'.repeat(43),
  contacts: 5,
  links: 2,
  held: { items: 3, cached: 1, pinned: 0, bytes: 4_000 },
  framesUnsent: { own: 0, answers: 0, upkeep: 0 },
  framesDropped: 0,
  archives: [],
};

describe('how a client stands in the overlay', () => {
  it('is told in a few lines, without what is as it should be', () => {
    const text = overlayText(status);
    expect(text).toContain('in the overlay, as server');
    expect(text).toContain('contacts  5 that answer, 2 by a direct link');
    expect(text).not.toContain('unsent');
  });

  it('says how many frames its archive would not have carried', () => {
    const text = overlayText({ ...status, framesUnsent: { own: 1, answers: 4, upkeep: 20 } });
    expect(text).toContain('unsent    25 frames');
  });
});
