/**
 * How long clients stay: models measured or assumed for overlays of this kind, in minutes. KAD: Steiner, En-Najjary and
 * Biersack, 2009; IPFS: a two-point fit; Bamboo: the stress test of Rhea et al., 2004; tab: assumed for browsers.
 */
import { exponentialOfMedian, lognormal, weibull, type Distribution } from '../chance/distribution.js';
import { exactLn, exactPow } from '../chance/exact.js';

export const churnModels = ['kad', 'ipfs', 'bamboo', 'tab'] as const;
export type ChurnModel = (typeof churnModels)[number];

/** Session lengths in minutes; `medianMinutes` stretches the model, and leaves its shape. */
export function sessionsOf(model: ChurnModel, medianMinutes?: number): Distribution {
  switch (model) {
    case 'kad':
      return stretchedWeibull(0.61511, 169.5385, medianMinutes);
    case 'ipfs':
      return stretchedWeibull(0.67, 207, medianMinutes);
    case 'bamboo':
      return exponentialOfMedian(medianMinutes ?? 1.4);
    case 'tab':
      return lognormal(medianMinutes ?? 4, 1.5);
  }
}

const stretchedWeibull = (shape: number, scale: number, median: number | undefined): Distribution =>
  weibull(shape, median === undefined ? scale : median / exactPow(exactLn(2), 1 / shape));
