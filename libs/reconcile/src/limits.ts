/** Every bound of the wire format and of the work that one message may ask for (spec/reconcile.md). */
export const limits = {
  /** Whole numbers up to here are exact in JavaScript; so are times and the gaps between them. */
  timeMax: Number.MAX_SAFE_INTEGER,
  idSizeBytes: 32,
  fingerprintSizeBytes: 16,
  /** Into how many parts a range that differs is split, and below how many items its ids are named instead. */
  buckets: 16,
  itemsForBucketsMin: 32,
  /** A frame has room for at least one split range beside what closes it. */
  frameBytesMin: 4096,
  /** Kept free while ranges are added: a skip, an id, a bound and the closing fingerprint fit into it. */
  frameSlackBytes: 200,
  /** A longer message is refused before it is read. */
  messageBytesMax: 32 * 1024 * 1024,
} as const;
