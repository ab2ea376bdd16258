/** How a caller stops waiting: every call that can take long takes this. */
export interface Waiting {
  /** Ends the waiting with the error `aborted`. What has been put into the outbox stays there. */
  readonly signal?: AbortSignal;
}
