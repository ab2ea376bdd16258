/** The refusals for want of room: each says which quota it is, and where it is known, when there may be room again. */
import { HoldfastError } from '@holdfast/protocol';

const sentences = {
  'mailbox-crates': 'The mailbox holds as many crates as it may: try again later.',
  'mailbox-bytes': 'The mailbox holds as many bytes as it may: try again later.',
  'depositor-crates': 'Your network has deposited as many crates as it may for now: try again later.',
  'depositor-bytes': 'Your network has deposited as many bytes as it may for now: try again later.',
  'archive-bytes': 'The archive holds as many bytes of crates as it may: try again later, or at another one.',
  'archive-disk': "The archive's disk is nearly full: try again later, or at another one.",
} as const;

export type QuotaName = keyof typeof sentences;

export const quotaNames = Object.keys(sentences) as readonly QuotaName[];

/** @param untilMs rounded up to whole seconds */
export function quotaExceeded(quota: QuotaName, untilMs: number | undefined): HoldfastError {
  const until = untilMs === undefined ? {} : { until: Math.ceil(untilMs / 1000) };
  return new HoldfastError('quota-exceeded', sentences[quota], { quota, ...until });
}
